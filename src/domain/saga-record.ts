// The record of a durable machine: one row or one document, so that snapshot, effects, timers and fields commit together.
import type { EventType } from './events.ts';
import type { JsonObject } from './json.ts';

/** Indexed values that lists and views read; computed from the snapshot by the machine's own pure function. */
export type Fields = Record<string, string | number | boolean | null>;

export interface Snapshot {
  value: string;
  status: 'active' | 'done';
  context: JsonObject;
}

/** One committed turn, as history and time travel show it. */
export interface Turn {
  number: number;
  /** Milliseconds since 1970, never before the previous turn's. */
  at: number;
  /** Id of the message, request or timer that caused it. */
  cause: string;
  event: JsonObject & { type: string };
  from: string;
  to: string;
  /** Types of the effects, in order. */
  effects: string[];
}

/** An effect that waits to be published. Ids derive from the causing event, so that a repetition is the same message. */
export interface OutboxRow {
  /** Numbered within the record, from 1. */
  n: number;
  id: string;
  type: EventType;
  at: number;
  payload: JsonObject;
}

/** There, and not deleted: a deleted record only waits for its removal. */
export const isPresent = (record: SagaRecord | null): record is SagaRecord =>
  record !== null && record.deletedAt === null;

/** The record with all of its rows on the bus. */
export const allSent = (record: SagaRecord): SagaRecord => ({ ...record, sentThrough: record.nextRow - 1 });

export interface Timer {
  name: string;
  at: number;
  /** The version of the record that armed it: only this very arming may fire. */
  arming: number;
}

export interface Quarantine {
  since: number;
  /** What could not be understood; safe to show to admins. */
  words: string;
}

export interface SagaRecord {
  machine: string;
  id: string;
  version: number;
  machineVersion: number;
  /** The snapshot's value, as an indexed field. */
  state: string;
  fields: Fields;
  /** Values that no other record may hold at the same time: `slot:3`, `key:<user>:<key>`. */
  uniques: string[];
  snapshot: Snapshot;
  /** Time of the last turn. */
  at: number;
  createdAt: number;
  turnCount: number;
  /** The last 20; older ones have left through the outbox. */
  turns: Turn[];
  /** Causes of the last 64 turns: an optimisation against repetitions, never the only guard. */
  seen: string[];
  outbox: OutboxRow[];
  nextRow: number;
  /** Rows up to this number are published; raised by a mark that touches no version. */
  sentThrough: number;
  timers: Timer[];
  nextDeadline: number | null;
  final: boolean;
  deletedAt: number | null;
  quarantine: Quarantine | null;
}
