// What a dead letter remembers. Written as JSON into the record; a change of shape raises the version and adds an upcaster.
import type { RetryPolicy } from '#src/domain/dead-letter.ts';
import type { Json } from '#src/domain/json.ts';

export const deeds = [
  'failed',
  'scheduled',
  'left to people',
  'redriven',
  'taken',
  'discarded',
  'closed',
] as const;
export type Deed = (typeof deeds)[number];

/** What was done, by whom and why. */
export interface HistoryEntry {
  at: number;
  deed: Deed;
  /** Null where no person did it. */
  by: string | null;
  words: string;
}

export interface DeadLetterContext {
  letterId: string;
  topic: string;
  eventType: string;
  key: string;
  /** The consumers that could not take it. */
  group: string;
  producer: string;
  /** As it was published first, whole. */
  message: Json;
  /** The latest failure. */
  error: string;
  /** How often its consumer tried, the latest time. */
  tries: number;
  /** When it failed for the first time, and the latest. */
  failedAt: number;
  failedLastAt: number;
  /** The topic's policy as it was at the latest failure; null until it is known. */
  policy: RetryPolicy | null;
  nextRetryAt: number | null;
  /** How often it was asked to be sent again: the number of the latest redrive. */
  redrives: number;
  /** The latest redrive of which others were told. */
  told: number;
  /** How often the present redrive was asked for. */
  asked: number;
  /** The latest entries. */
  history: HistoryEntry[];
}

/** What the intake gives; everything else begins empty. */
export interface DeadLetterInput {
  letterId: string;
  topic: string;
  eventType: string;
  key: string;
  group: string;
  producer: string;
  message: Json;
  error: string;
  tries: number;
  failedAt: number;
  /** Redrives of the message of which no record is left; else 0. */
  redrives: number;
}
