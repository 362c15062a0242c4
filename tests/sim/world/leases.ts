// Leases, and their weakness: now and then the store forgets one, so that two believe that they hold it.
import type { Lease, Leases } from '#src/ports/leases.ts';
import type { SimProcess } from '../process.ts';

export interface LeaseStore {
  /** Forgets every lease, as a cache does that was restarted empty. */
  forget(): void;
  portOf(process: SimProcess): Leases;
}

export function createLeaseStore(now: () => number): LeaseStore {
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
    const term = there?.term ?? (terms.get(name) ?? 0) + 1;
    terms.set(name, term);
    leases.set(name, { name, holder, term, until: now() + ttlMs });
    return { name, holder, term };
  };
  const release = (name: string, holder: string): void => {
    if (leases.get(name)?.holder === holder) leases.delete(name);
  };
  return {
    forget: () => leases.clear(),
    portOf: ({ call }) => ({
      acquire: (name, holder, ttlMs) => call('leases', 'leases.acquire', acquire, name, holder, ttlMs),
      release: (name, holder) => call('leases', 'leases.release', release, name, holder),
      current: (name) => call('leases', 'leases.current', current, name),
    }),
  };
}
