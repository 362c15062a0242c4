// Ownership by a lease, judged by our own monotonic clock. It saves work; two owners at once must be harmless.
import type { Clock } from '#src/ports/clock.ts';
import type { Leases } from '#src/ports/leases.ts';

export interface Tenure {
  /** Takes or renews when it is time; the term while held, else null. */
  hold(): Promise<number | null>;
  /** Whether it may still act. */
  holds(): boolean;
  /** Gives it up, so that another may take it at once. */
  release(): Promise<null>;
}

const ttlMs = 5_000;
const renewEveryMs = 1_500;

export function createTenure(
  { clock, leases }: { clock: Clock; leases: Leases },
  name: string,
  holder: string,
): Tenure {
  let held: { term: number; since: number } | null = null;
  let triedAt = Number.NEGATIVE_INFINITY;
  const holds = (): boolean => held !== null && clock.monotonic() - held.since < ttlMs;

  return {
    holds,
    async hold() {
      const began = clock.monotonic();
      if (began - triedAt >= renewEveryMs || (held !== null && !holds())) {
        triedAt = began;
        const lease = await leases.acquire(name, holder, ttlMs);
        held = lease === null ? null : { term: lease.term, since: began };
      }
      return held?.term ?? null;
    },
    async release() {
      if (held !== null) await leases.release(name, holder);
      held = null;
      return null;
    },
  };
}
