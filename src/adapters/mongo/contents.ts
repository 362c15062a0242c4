// All that the database holds, and how it gets there from another engine: rows are inserted if they are absent, so whatever was
// cut off may be done again.
import { BSON, type Db } from 'mongodb';
import type { JsonObject } from '#src/domain/json.ts';
import { fixedParts, type StoreContents, type StorePart, type StoreRow } from '#src/ports/store-contents.ts';
import { type LeftEntry, leftCollection, leftEntry, leftIndexes } from './document-outbox.ts';
import { isDuplicate } from './failures.ts';
import type { MongoGate } from './gate.ts';
import { beginMigration, finishMigration } from './migration-mark.ts';
import { type ChunkDocument, chunkDocument, chunkOf } from './output-log.ts';
import { insisting } from './patience.ts';
import { type RecordDocument, toDocument, toRecord } from './record-document.ts';
import { type InputDocument, inputDocument, inputOf } from './run-input.ts';
import { fromStored, type StoredDocument, toStored } from './stored-document.ts';

export interface MigrationTarget extends StoreContents {
  /**
   * Takes an empty database, or one that was being filled from the same source.
   * @throws conflict with a sentence for the operator
   */
  begin(source: string, at: number): Promise<'begun' | 'resumed'>;
  /** Inserts what is absent. */
  write(part: StorePart, rows: AsyncIterable<StoreRow>): Promise<void>;
  /** Everything was compared: from now on it may be served. */
  finish(at: number): Promise<void>;
  close(): Promise<void>;
}

/** An election, or a restart of the server. */
const outageMsMax = 60_000;

export function migrationTarget(gate: MongoGate): MigrationTarget {
  const call: MongoGate['call'] = (work, deadlineMs) =>
    insisting(outageMsMax, () => gate.call(work, deadlineMs));
  return {
    begin: async (source, at) => {
      await call((db) => db.collection(leftCollection).createIndexes([...leftIndexes]));
      return call((db) => beginMigration(db, source, at));
    },
    write: async (part, rows) => {
      for await (const documents of batches(rows)) await call((db) => insertAbsent(db, part, documents));
    },
    parts: () => call(partsOf),
    rows: (part) => rowsOf(call, part),
    finish: (at) => call((db) => finishMigration(db, at)),
    close: gate.close,
  };
}

interface Keyed {
  _id: string;
}

const collectionNameOf = (part: StorePart): string => (part === 'events' ? leftCollection : part);

const rowsPerWrite = 200;
const bytesPerWrite = 1_048_576;

async function* batches(rows: AsyncIterable<StoreRow>): AsyncGenerator<Keyed[], void> {
  let some: Keyed[] = [];
  let bytes = 0;
  for await (const row of rows) {
    const document = toStoredRow(row);
    some.push(document);
    bytes += BSON.calculateObjectSize(document);
    if (some.length < rowsPerWrite && bytes < bytesPerWrite) continue;
    yield some;
    [some, bytes] = [[], 0];
  }
  if (some.length > 0) yield some;
}

async function insertAbsent(db: Db, part: StorePart, documents: readonly Keyed[]): Promise<void> {
  try {
    await db.collection<Keyed>(collectionNameOf(part)).insertMany([...documents], { ordered: false });
  } catch (error) {
    // What is there already may differ: the digests tell.
    if (!isDuplicate(error)) throw error;
  }
}

async function partsOf(db: Db): Promise<StorePart[]> {
  const found = await db.listCollections({}, { nameOnly: true }).toArray();
  const names = found.map(({ name }) => name).sort();
  return [...fixedParts, ...names.filter(isDocuments)];
}

const isDocuments = (name: string): name is `documents.${string}` => name.startsWith('documents.');

function toStoredRow(row: StoreRow): Keyed {
  switch (row.kind) {
    case 'record':
      return toDocument(row.record, row.record.sentThrough);
    case 'document':
      return toStored(row.id, row.version, JSON.stringify(row.body), { unsent: [] });
    case 'event': {
      const { n, event } = row;
      return leftEntry(row.collection, row.id, { n, at: event.at, event: JSON.stringify(event) });
    }
    case 'chunk':
      return chunkDocument(row.execution, row.attempt, row.chunk);
    case 'input':
      return inputDocument(row.execution, row.attempt, row.key, row.input);
  }
}

async function* rowsOf(call: MongoGate['call'], part: StorePart): AsyncGenerator<StoreRow, void> {
  switch (part) {
    case 'records':
      for await (const found of everyDocument<RecordDocument>(call, part))
        yield { kind: 'record', record: toRecord(found) };
      return;
    case 'events':
      for await (const { collection, id, n, event } of everyDocument<LeftEntry>(call, leftCollection))
        yield { kind: 'event', collection, id, n, event: JSON.parse(event) };
      return;
    case 'chunks':
      for await (const found of everyDocument<ChunkDocument>(call, part)) {
        const chunk = chunkOf(found);
        const { execution, attempt } = found;
        if (chunk !== null) yield { kind: 'chunk', execution, attempt, chunk };
      }
      return;
    case 'inputs':
      for await (const found of everyDocument<InputDocument>(call, part)) {
        const { execution, attempt, key } = found;
        yield { kind: 'input', execution, attempt, key, input: inputOf(found) };
      }
      return;
    default: {
      const collection = part.slice('documents.'.length);
      for await (const found of everyDocument<StoredDocument>(call, part))
        yield { kind: 'document', collection, ...fromStored<JsonObject>(found) };
    }
  }
}

/** By their ids, some at a time: a cursor is read within one call. */
async function* everyDocument<Stored extends Keyed>(
  call: MongoGate['call'],
  collection: string,
): AsyncGenerator<Stored, void> {
  let after: string | null = null;
  for (;;) {
    const from: string | null = after;
    const some: Stored[] = await call((db) => someAfter<Stored>(db, collection, from));
    yield* some;
    const last = some.at(-1);
    if (last === undefined) return;
    after = last._id;
  }
}

const rowsPerCall = 2_000;
const rowsPerFetch = 64;
const bytesPerCall = 4 * 1_048_576;

async function someAfter<Stored extends Keyed>(
  db: Db,
  collection: string,
  after: string | null,
): Promise<Stored[]> {
  const cursor = db
    .collection<Keyed>(collection)
    .find<Stored>(after === null ? {} : { _id: { $gt: after } })
    .sort({ _id: 1 })
    .limit(rowsPerCall)
    .batchSize(rowsPerFetch);
  const some: Stored[] = [];
  let bytes = 0;
  for await (const found of cursor) {
    some.push(found);
    bytes += BSON.calculateObjectSize(found);
    if (bytes >= bytesPerCall) break;
  }
  return some;
}
