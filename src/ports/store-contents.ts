// All that a store holds, row by row, as it is carried from one engine to another. Nothing of it is judged on the way.
import type { DomainEvent } from '#src/domain/events.ts';
import type { JsonObject } from '#src/domain/json.ts';
import type { SagaRecord } from '#src/domain/saga-record.ts';
import type { Chunk, Input } from './output-log.ts';

export type StoreRow =
  | { kind: 'record'; record: SagaRecord }
  | { kind: 'document'; collection: string; id: string; version: number; body: JsonObject }
  /** Not yet told to all who are to hear it. Those of one collection and id are told in the order of `n`. */
  | { kind: 'event'; collection: string; id: string; n: number; event: DomainEvent }
  | { kind: 'chunk'; execution: string; attempt: number; chunk: Chunk }
  | { kind: 'input'; execution: string; attempt: number; key: string; input: Input };

export const fixedParts = ['records', 'events', 'chunks', 'inputs'] as const;

/** `documents.NAME` holds the documents of one collection. */
export type StorePart = (typeof fixedParts)[number] | `documents.${string}`;

export interface StoreContents {
  parts(): Promise<StorePart[]>;
  /** Every row of the part, in an order of the engine's own. Nobody writes meanwhile. */
  rows(part: StorePart): AsyncIterable<StoreRow>;
}
