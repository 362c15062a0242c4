// What the system grants one run and one user.
import type { Limits } from '#src/domain/execution.ts';

export interface RunPolicy {
  /** The most that a run may ask for, and what it gets where it asks for nothing; but see `cpuDefaultMillis`. */
  limits: Limits;
  /** What a run gets that asks for no processor. */
  cpuDefaultMillis: number;
  queuedPerUserMax: number;
  /** Runs at the same time, in all and for one user. */
  concurrentMax: number;
  concurrentPerUserMax: number;
}
