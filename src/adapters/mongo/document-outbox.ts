// Events that wait beside the documents that caused them. Collections that ever had one are written down, because who
// publishes need not know them; and what a removed document still had to say stays behind in a collection of its own.
import { type Db, ObjectId } from 'mongodb';
import type { DomainEvent } from '#src/domain/events.ts';
import type { UnsentDocument } from '#src/ports/documents.ts';
import { isDuplicate } from './failures.ts';
import type { MongoGate } from './gate.ts';
import { collectionOf, type OutboxEntry } from './stored-document.ts';

/** By the name of the collection. */
interface OutboxPlace {
  _id: string;
}

export interface LeftEntry extends OutboxEntry {
  /** `collection/id/n`, so that it is left once. */
  _id: string;
  collection: string;
  id: string;
}

export const leftIndexes = [
  { name: 'document', key: { collection: 1, id: 1, n: 1 } },
  { name: 'at', key: { at: 1 } },
];

export const leftEntry = (collection: string, id: string, entry: OutboxEntry): LeftEntry => ({
  ...entry,
  _id: `${collection}/${id}/${entry.n}`,
  collection,
  id,
});

const placesOf = (db: Db) => db.collection<OutboxPlace>('outbox.places');
export const leftCollection = 'outbox.left';
const leftOf = (db: Db) => db.collection<LeftEntry>(leftCollection);

export interface DocumentOutbox {
  /** To be awaited before the first event of a collection is written. */
  prepare(collection: string): Promise<void>;
  /** Keeps the rows of a document that is about to be removed. */
  leave(collection: string, id: string, entries: readonly OutboxEntry[]): Promise<void>;
  unsent(before: number, limit: number): Promise<UnsentDocument[]>;
  mark(collection: string, id: string, row: number): Promise<void>;
}

/** Numbers that grow from one document of an id to the next, as the time of day does. */
export function entriesOf(
  events: readonly DomainEvent[],
  lastRow: number,
  now: number,
): { lastRow: number; entries: OutboxEntry[] } {
  const first = Math.max(lastRow + 1, now * 1_000);
  const entries = events.map((event, index) => ({
    n: first + index,
    at: event.at,
    event: JSON.stringify(event),
  }));
  return { lastRow: entries.at(-1)?.n ?? lastRow, entries };
}

export function documentOutbox({ call }: MongoGate): DocumentOutbox {
  const prepared = new Set<string>();
  let leftPrepared = false;

  return {
    prepare: async (collection) => {
      if (prepared.has(collection)) return;
      await call(async (db) => {
        await collectionOf(db, collection).createIndex({ 'unsent.at': 1 }, { name: 'unsent', sparse: true });
        await placesOf(db).updateOne({ _id: collection }, { $set: {} }, { upsert: true });
      });
      prepared.add(collection);
    },
    leave: async (collection, id, entries) => {
      await call(async (db) => {
        if (!leftPrepared) await leftOf(db).createIndexes(leftIndexes);
        const left = entries.map((entry) => leftEntry(collection, id, entry));
        await leftOf(db).insertMany(left, { ordered: false }).catch(unlessThere);
      });
      leftPrepared = true;
    },
    unsent: (before, limit) => call((db) => unsent(db, before, limit)),
    mark: async (collection, id, row) => {
      const through = { $lte: row };
      await call(async (db) => {
        // The stamp is renewed, so that a change under way does not bring the rows back.
        await collectionOf(db, collection).updateOne(
          { _id: id, 'unsent.n': through },
          { $pull: { unsent: { n: through } }, $set: { stamp: new ObjectId() } },
        );
        await leftOf(db).deleteMany({ collection, id, n: through });
      });
    },
  };
}

function unlessThere(error: unknown): void {
  if (!isDuplicate(error)) throw error;
}

interface Waiting {
  collection: string;
  id: string;
  entries: OutboxEntry[];
}

async function unsent(db: Db, before: number, limit: number): Promise<UnsentDocument[]> {
  const places = await placesOf(db).find({}).toArray();
  const found = await Promise.all([
    leftBehind(db, before, limit),
    ...places.map(({ _id }) => waitingIn(db, _id, before, limit)),
  ]);
  return oldestFirst(joined(found.flat())).slice(0, limit).map(toUnsent);
}

async function waitingIn(db: Db, collection: string, before: number, limit: number): Promise<Waiting[]> {
  const found = await collectionOf(db, collection)
    .find({ 'unsent.at': { $lte: before } }, { projection: { unsent: 1 } })
    .sort({ 'unsent.at': 1 })
    .limit(limit)
    .toArray();
  if (found.length === 0) return [];
  // What a predecessor left unsaid goes first, whatever its clock said: marking a row marks all before it.
  const left = await leftOf(db)
    .find({ collection, id: { $in: found.map(({ _id }) => _id) } })
    .toArray();
  return [
    ...found.map(({ _id, unsent: entries = [] }) => ({ collection, id: _id, entries })),
    ...left.map((entry) => ({ collection, id: entry.id, entries: [entry] })),
  ];
}

async function leftBehind(db: Db, before: number, limit: number): Promise<Waiting[]> {
  const oldest = await leftOf(db)
    .find({ at: { $lte: before } })
    .sort({ at: 1 })
    .limit(limit)
    .toArray();
  const documents = new Map(oldest.map(({ collection, id }) => [`${collection}/${id}`, { collection, id }]));
  return Promise.all(
    [...documents.values()].map(async (document) => ({
      ...document,
      entries: await leftOf(db).find(document).sort({ n: 1 }).toArray(),
    })),
  );
}

/** A document may be there again while its predecessor still has something to say. */
function joined(waiting: readonly Waiting[]): Waiting[] {
  const documents = new Map<string, Waiting>();
  for (const one of waiting) {
    const key = `${one.collection}/${one.id}`;
    const rows = new Map([...(documents.get(key)?.entries ?? []), ...one.entries].map((row) => [row.n, row]));
    documents.set(key, { ...one, entries: [...rows.values()].sort((left, right) => left.n - right.n) });
  }
  return [...documents.values()];
}

const oldestOf = ({ entries }: Waiting): number => Math.min(...entries.map(({ at }) => at));

const oldestFirst = (waiting: readonly Waiting[]): Waiting[] =>
  [...waiting].sort((left, right) => oldestOf(left) - oldestOf(right));

const toUnsent = ({ collection, id, entries }: Waiting): UnsentDocument => ({
  collection,
  id,
  rows: entries.map(({ n, event }) => ({ n, event: parsedEvent(event) })),
});

function parsedEvent(event: string): DomainEvent {
  return JSON.parse(event);
}
