// What the system grants one run and one user, as it is configured; admins may set other quotas.
import type { Limits } from '#src/domain/execution.ts';
import type { Quotas } from '#src/domain/quotas.ts';

export interface RunPolicy {
  /** The most that a run may ask for, and what it gets where it asks for nothing; but see `cpuDefaultMillis`. */
  limits: Limits;
  /** What a run gets that asks for no processor. */
  cpuDefaultMillis: number;
  queuedPerUserMax: number;
  /** Runs at the same time, in all and for one user. */
  concurrentMax: number;
  concurrentPerUserMax: number;
  /** Of a user, 0 without limit. */
  cpuSecondsDayMax: number;
  storageBytesMax: number;
}

export const configuredQuotas = (policy: RunPolicy): Quotas => ({
  concurrent: policy.concurrentPerUserMax,
  queued: policy.queuedPerUserMax,
  cpuSecondsDay: policy.cpuSecondsDayMax,
  storageBytes: policy.storageBytesMax,
});
