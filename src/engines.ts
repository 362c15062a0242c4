// What a process stores in and speaks through, whichever servers do it.
import type { ReadinessPart } from '#src/api/deps.ts';
import type { Bus } from '#src/ports/bus.ts';
import type { Documents } from '#src/ports/documents.ts';
import type { Leases } from '#src/ports/leases.ts';
import type { Limiter } from '#src/ports/limiter.ts';
import type { LiveFeed } from '#src/ports/live-feed.ts';
import type { OutputLog } from '#src/ports/output-log.ts';
import type { Records } from '#src/ports/records.ts';

export interface Engines {
  records: Records;
  bus: Bus;
  documents: Documents;
  outputLog: OutputLog;
  liveFeed: LiveFeed;
  limiter: Limiter;
  leases: Leases;
  /** No other process uses them. */
  alone: boolean;
  /** The time that what was written last bears, or null where it is not known: a clock must not go back before it. */
  lastTime(): number | null;
  /** By how much the store's clock is ahead of the system's of this machine, in milliseconds; absent where they are one. */
  clockAheadMs?(): Promise<number>;
  /** Gives memory back that is held only to be faster; absent where none is. */
  rest?(): void;
  /** In words that are safe to show: what went wrong exactly is for the log. */
  readiness(): Promise<ReadinessPart[]>;
  /** Commits what waits and gives everything back. Close subscriptions first: messages in flight are not waited for. */
  close(): Promise<void>;
}
