// Wake-ups: hints without data, sent after the commit. They may be lost or doubled; every waiter also looks by itself.

export interface LiveFeed {
  hint(channel: string): void;
  /** Returns the way to leave. Subscribe first, then read. */
  subscribe(channel: string, wake: () => void): () => void;
  /** Subscribers in this process; back to zero when every reader has left. */
  subscribers(): number;
}

export const runChannel = (execution: string): string => `run:${execution}`;
export const inputChannel = (execution: string, attempt: number): string => `input:${execution}:${attempt}`;
export const queueChannel = 'queue';
/** For the scheduler: admission was paused or resumed, or a quota was set. */
export const admissionChannel = 'admission';
/** For the relay: a document with an outbox was committed. */
export const outboxChannel = 'outbox';
export const placementsChannel = 'placements';
/** For the erasure: a record was deleted. */
export const erasureChannel = 'erasure';
