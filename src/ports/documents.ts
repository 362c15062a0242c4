// Everything that is not hot: collections of documents with one small filter language, on any store.
import type { DomainEvent } from '#src/domain/events.ts';
import type { Json } from '#src/domain/json.ts';
import type { Filter, Page, Query } from './filter.ts';

export interface IndexSpec {
  /** Dotted paths; a unique index ignores documents in which any of them is absent or null. */
  fields: readonly string[];
  unique?: boolean;
}

export interface CollectionSpec {
  name: string;
  indexes: readonly IndexSpec[];
  /**
   * `in-order`: a write may be answered as soon as nothing that is written later can survive without it, be it an acknowledgement of
   * the bus. Only for what others build upon: nobody outside may be told of such a write before one that is durable followed it.
   * Left out, it is answered once it is durable; and so it is, whatever is said here, by a store that writes into several logs, or
   * beside a bus that has its own, as MongoDB beside Kafka: there an acknowledgement could survive what it acknowledges.
   */
  durability?: 'in-order';
}

export interface Stored<Body> {
  id: string;
  /** 1 after insert, plus 1 for each change. */
  version: number;
  body: Body;
}

export interface Change {
  set?: Record<string, Json>;
  unset?: readonly string[];
  inc?: Record<string, number>;
  push?: Record<string, Json>;
  pull?: Record<string, Json>;
}

export interface ChangeOptions {
  expectedVersion?: number;
  /** Changes only a document that also matches this. */
  where?: Filter;
  /** Committed with the change, published by the relay. */
  outbox?: readonly DomainEvent[];
}

export type DocumentInsert =
  | { kind: 'inserted' }
  | { kind: 'exists' }
  | { kind: 'taken'; fields: readonly string[] };
export type DocumentChange<Body> =
  | { kind: 'changed'; stored: Stored<Body> }
  | { kind: 'absent' }
  /** The version or `where` did not match; what is there now. */
  | { kind: 'unmatched'; stored: Stored<Body> }
  | { kind: 'taken'; fields: readonly string[] };

export interface Collection<Body extends object> {
  /** @throws oversized for a body of more than `documentBytesMax`, or an event that no bus would carry (`messageBytesMax`) */
  insert(id: string, body: Body, options?: { outbox?: readonly DomainEvent[] }): Promise<DocumentInsert>;
  get(id: string): Promise<Stored<Body> | null>;
  find(query: Query): Promise<Page<Stored<Body>>>;
  count(where: Filter): Promise<number>;
  /**
   * Atomic on one document.
   * @throws oversized when its body would take more than `documentBytesMax`, or for an event that no bus would carry
   */
  change(id: string, change: Change, options?: ChangeOptions): Promise<DocumentChange<Body>>;
  /** True when it was there (and matched). */
  remove(id: string, options?: { expectedVersion?: number; where?: Filter }): Promise<boolean>;
  /** Removes at most `limit` matches; answers how many. */
  removeWhere(where: Filter, limit: number): Promise<number>;
}

export interface UnsentDocument {
  collection: string;
  id: string;
  rows: readonly { n: number; event: DomainEvent }[];
}

export interface Documents {
  /** The same spec may be opened many times; indexes are made once, at the first. */
  collection<Body extends object>(spec: CollectionSpec): Collection<Body>;
  /** Documents with unpublished outbox rows whose oldest is at or before `before`. */
  unsent(before: number, limit: number): Promise<UnsentDocument[]>;
  mark(collection: string, id: string, row: number): Promise<void>;
}
