// What lies behind the ports of records, documents, output and leases, done at once: a call of the simulation takes its
// time before and after, never during. In memory, on the embedded engines, or on both in lockstep.
import type { JsonObject } from '#src/domain/json.ts';
import type { SagaRecord } from '#src/domain/saga-record.ts';
import type { Collection, CollectionSpec, Documents, Stored } from '#src/ports/documents.ts';
import type { Leases } from '#src/ports/leases.ts';
import type { Chunk, Output, OutputLog } from '#src/ports/output-log.ts';
import type { Records } from '#src/ports/records.ts';

/** A port whose answers are there at once. */
export type AtOnce<Port> = {
  [Method in keyof Port]: Port[Method] extends (...sent: infer Sent) => Promise<infer Answer>
    ? (...sent: Sent) => Answer
    : never;
};

export interface RecordStore extends AtOnce<Records> {
  /** In the order of their insertion. */
  all(): readonly SagaRecord[];
  /** Puts this in the record's place, as no port would allow. */
  overwrite(record: SagaRecord): void;
}

export interface CollectionStore extends Omit<AtOnce<Collection<JsonObject>>, 'insert'> {
  insert(
    id: string,
    body: JsonObject,
    outbox: NonNullable<NonNullable<Parameters<Collection<JsonObject>['insert']>[2]>['outbox']>,
  ): Awaited<ReturnType<Collection<JsonObject>['insert']>>;
}

export interface DocumentStore extends AtOnce<Omit<Documents, 'collection'>> {
  collection(spec: CollectionSpec): CollectionStore;
  /** Of the collections that were opened. */
  names(): readonly string[];
  /** In the order of their insertion. */
  all(collection: string): readonly Stored<JsonObject>[];
}

export interface OutputStore extends AtOnce<OutputLog> {
  /** What stands at this number, also beyond a gap. */
  at(execution: string, attempt: number, number: number): Chunk | null;
}

export interface LeaseStore extends AtOnce<Leases> {
  /** Nobody holds anything any more; terms go on. */
  forget(): void;
}

export interface Stores {
  records: RecordStore;
  documents: DocumentStore;
  output: OutputStore;
  leases: LeaseStore;
  close(): void;
}

export const numberOf = (chunk: Chunk): number => (chunk.kind === 'seal' ? chunk.number : chunk.frame.number);

/** Every contiguous frame of an attempt, however many reads that takes. */
export function wholeOutput(store: OutputStore, execution: string, attempt: number): Output {
  const frames: Output['frames'] = [];
  for (;;) {
    const part = store.read(execution, attempt, frames.length);
    frames.push(...part.frames);
    if (part.seal !== null || part.frames.length === 0) return { frames, seal: part.seal };
  }
}
