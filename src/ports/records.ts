// Where saga records live. One record is the largest atomic thing; nothing spans two.
import type { DomainEvent } from '#src/domain/events.ts';
import type { SagaRecord } from '#src/domain/saga-record.ts';
import type { Page, Query } from './filter.ts';

/** What became of the events that were given to a write: absent when they are left to the relay. */
interface Said {
  published?: true;
}

export type InsertOutcome =
  | ({ kind: 'inserted' } & Said)
  | { kind: 'exists' }
  | { kind: 'taken'; unique: string };
export type CommitOutcome =
  | ({ kind: 'committed' } & Said)
  | { kind: 'conflict' }
  | { kind: 'taken'; unique: string };

export interface RecordRef {
  machine: string;
  id: string;
}

export interface DueTimer extends RecordRef {
  name: string;
  at: number;
  arming: number;
}

/** Records are values: what is answered may be shared with other callers and is never changed in place. */
export interface Records {
  /**
   * Adds a record of version 1. Repeating it with the same id answers `exists` and changes nothing, so an insert of unknown
   * outcome may be repeated. `taken`: another record holds one of its uniques.
   * `events`: what its unsent rows say, in their order. An engine whose bus lies in the same store publishes them in the very
   * same commit, with every row marked as sent, and answers `published`; any other leaves them in the outbox.
   * @throws oversized when it takes more than `recordBytesMax`, or an unsent row of it more than a message may; nothing is changed
   */
  insert(record: SagaRecord, events?: readonly DomainEvent[]): Promise<InsertOutcome>;
  load(machine: string, id: string): Promise<SagaRecord | null>;
  /**
   * Replaces the record whose version is one less. A commit never lowers `sentThrough`. `events`: as of an insert.
   * @throws oversized, as an insert
   */
  commit(record: SagaRecord, events?: readonly DomainEvent[]): Promise<CommitOutcome>;
  /** Raises `sentThrough` to `row` without touching `version`; lower marks change nothing. */
  mark(machine: string, id: string, row: number): Promise<void>;
  /** Timers due at `now`, earliest first. Deleted and quarantined records are included: their deadlines count too. */
  due(now: number, limit: number): Promise<DueTimer[]>;
  /** The earliest deadline of all, or null: what the timers' loop sleeps until. */
  nextDeadline(): Promise<number | null>;
  /** Records with rows above `sentThrough` whose oldest unsent row is at or before `before`. */
  unsent(before: number, limit: number): Promise<RecordRef[]>;
  /**
   * By `fields`, and by the record's own `state`, `createdAt`, `at`, `final`, `deletedAt`, `machineVersion`, `id`,
   * `nextDeadline` and `quarantined` (boolean).
   */
  find(machine: string, query: Query): Promise<Page<SagaRecord>>;
  count(machine: string, where: NonNullable<Query['where']>): Promise<number>;
  /** The sum of a field of the matching records; what is absent or no number adds nothing. */
  sum(machine: string, field: string, where: NonNullable<Query['where']>): Promise<number>;
  /** The record that holds this unique value, or null. */
  holder(unique: string): Promise<RecordRef | null>;
  /** Every value held that begins with the prefix, in order: the scheduler's view of taken slots. */
  held(prefix: string): Promise<string[]>;
  /** Removes a deleted record for good. True when it was there. */
  remove(machine: string, id: string): Promise<boolean>;
}
