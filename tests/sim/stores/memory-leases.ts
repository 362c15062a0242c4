// Leases in memory.
import type { Lease } from '#src/ports/leases.ts';
import type { LeaseStore } from './stores.ts';

export function memoryLeases(now: () => number): LeaseStore {
  const leases = new Map<string, Lease & { until: number }>();
  const terms = new Map<string, number>();
  const current = (name: string): Lease | null => {
    const lease = leases.get(name);
    if (lease === undefined || lease.until <= now()) return null;
    return { name, holder: lease.holder, term: lease.term };
  };
  const acquire = (name: string, holder: string, ttlMs: number): Lease | null => {
    const there = current(name);
    if (there !== null && there.holder !== holder) return null;
    const last = leases.get(name);
    // Nobody else had it meanwhile: no change of holder, no new term.
    const term = last?.holder === holder ? last.term : (terms.get(name) ?? 0) + 1;
    terms.set(name, term);
    leases.set(name, { name, holder, term, until: now() + ttlMs });
    return { name, holder, term };
  };
  const release = (name: string, holder: string): void => {
    if (leases.get(name)?.holder === holder) leases.delete(name);
  };
  return { acquire, release, current, forget: () => leases.clear() };
}
