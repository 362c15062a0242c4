// How single documents are written. A change reads the document, applies itself and writes it back in one step that names
// what was read, again and again until nobody was faster: so a change means the same on every store.
import type { Document } from 'mongodb';
import { unavailable } from '#src/domain/errors.ts';
import type { DomainEvent } from '#src/domain/events.ts';
import type { Json, JsonObject } from '#src/domain/json.ts';
import { applyChange, valueAt } from '#src/ports/document-change.ts';
import type {
  Change,
  ChangeOptions,
  CollectionSpec,
  DocumentChange,
  DocumentInsert,
  IndexSpec,
} from '#src/ports/documents.ts';
import type { Filter } from '#src/ports/filter.ts';
import { type DocumentOutbox, entriesOf } from './document-outbox.ts';
import { isDuplicate } from './failures.ts';
import { both, compileFilter } from './filter.ts';
import type { MongoGate } from './gate.ts';
import { collectionOf, fromStored, pathOf, type StoredDocument, toStored } from './stored-document.ts';

/** What the work on one collection needs. */
export interface Place {
  spec: CollectionSpec;
  /** Waits until the collection's indexes are there. */
  call: MongoGate['call'];
  outbox: DocumentOutbox;
  now(): number;
}

/** Others may write in between, each only once for each look of ours. */
const triesMax = 100;

export const read = ({ spec, call }: Place, id: string): Promise<StoredDocument | null> =>
  call((db) => collectionOf(db, spec.name).findOne({ _id: id }));

export async function insert(
  place: Place,
  id: string,
  text: string,
  events: readonly DomainEvent[],
): Promise<DocumentInsert> {
  const { lastRow, entries } = entriesOf(events, 0, place.now());
  const stored = toStored(id, 1, text, { lastRow, unsent: entries });
  for (let tries = 0; tries < triesMax; tries += 1) {
    const refused = await place.call((db) =>
      collectionOf(db, place.spec.name)
        .insertOne(stored)
        .then(() => null, isTaken),
    );
    if (refused !== taken) return { kind: 'inserted' };
    if ((await read(place, id)) !== null) return { kind: 'exists' };
    const fields = await takenIndex(place, id, JSON.parse(text));
    if (fields !== null) return { kind: 'taken', fields };
    // Whoever held it has given it back meanwhile.
  }
  throw unavailable(`mongodb: a place for a document of ${place.spec.name}`);
}

export async function changeOne<Body>(
  place: Place,
  id: string,
  change: Change,
  { expectedVersion, where = {}, outbox = [] }: ChangeOptions,
): Promise<DocumentChange<Body>> {
  const condition = compileFilter(where, pathOf);
  for (let tries = 0; tries < triesMax; tries += 1) {
    const { stored, matches } = await look(place, id, condition);
    if (stored === null) return { kind: 'absent' };
    if (!matches || (expectedVersion ?? stored.version) !== stored.version)
      return { kind: 'unmatched', stored: fromStored<Body>(stored) };
    const body = applyChange(fromStored<JsonObject>(stored).body, change);
    const next = nextOf(place, stored, body, outbox);
    const replaced = await place.call((db) =>
      collectionOf(db, place.spec.name)
        .replaceOne(theVery(stored), next)
        .then(({ matchedCount }) => matchedCount > 0, isTaken),
    );
    if (replaced === true) return { kind: 'changed', stored: fromStored<Body>(next) };
    const fields = replaced === taken ? await takenIndex(place, id, body) : null;
    if (fields !== null) return { kind: 'taken', fields };
  }
  throw unavailable(`mongodb: a version of a document of ${place.spec.name} without conflict`);
}

export async function removeOne(
  place: Place,
  id: string,
  { expectedVersion, where = {} }: { expectedVersion?: number; where?: Filter } = {},
): Promise<boolean> {
  const condition = compileFilter(where, pathOf);
  for (let tries = 0; tries < triesMax; tries += 1) {
    const { stored, matches } = await look(place, id, condition);
    if (stored === null || !matches) return false;
    if (expectedVersion !== undefined && expectedVersion !== stored.version) return false;
    const { unsent = [] } = stored;
    if (unsent.length > 0) await place.outbox.leave(place.spec.name, id, unsent);
    const { deletedCount } = await place.call((db) =>
      collectionOf(db, place.spec.name).deleteOne(theVery(stored)),
    );
    if (deletedCount > 0) return true;
  }
  throw unavailable(`mongodb: a version of a document of ${place.spec.name} without conflict`);
}

export async function removeWhere(place: Place, where: Filter, limit: number): Promise<number> {
  const condition = compileFilter(where, pathOf);
  const found = await place.call((db) =>
    collectionOf(db, place.spec.name)
      .find(condition, { projection: { unsent: 1 } })
      .sort({ _id: 1 })
      .limit(limit)
      .toArray(),
  );
  const speaking = found.filter(({ unsent = [] }) => unsent.length > 0).map(({ _id }) => _id);
  const silent = found.map(({ _id }) => _id).filter((id) => !speaking.includes(id));
  const those = both(condition, { _id: { $in: silent }, 'unsent.0': { $exists: false } });
  let removed = 0;
  if (silent.length > 0) {
    const answer = await place.call((db) => collectionOf(db, place.spec.name).deleteMany(those));
    removed += answer.deletedCount;
  }
  for (const id of speaking) removed += (await removeOne(place, id, { where })) ? 1 : 0;
  return removed;
}

/** The document, and whether the condition holds for it as it is answered. */
async function look(
  { spec, call }: Place,
  id: string,
  condition: Document,
): Promise<{ stored: StoredDocument | null; matches: boolean }> {
  for (let tries = 0; tries < triesMax; tries += 1) {
    const answer = await call(async (db) => {
      const collection = collectionOf(db, spec.name);
      const matching = await collection.findOne(both({ _id: id }, condition));
      if (matching !== null) return { stored: matching, matches: true };
      const stored = await collection.findOne({ _id: id });
      if (stored === null) return { stored, matches: false };
      // It may have been changed between the two questions, to what matches.
      const changed = await collection.findOne(both(theVery(stored), condition), { projection: { _id: 1 } });
      return changed === null ? { stored, matches: false } : null;
    });
    if (answer !== null) return answer;
  }
  throw unavailable(`mongodb: a document of ${spec.name} that stands still`);
}

const theVery = ({ _id, version, stamp }: StoredDocument) => ({ _id, version, stamp });

function nextOf(
  place: Place,
  { _id, version, lastRow = 0, unsent = [] }: StoredDocument,
  body: JsonObject,
  events: readonly DomainEvent[],
): StoredDocument {
  const added = entriesOf(events, lastRow, place.now());
  const outbox = { lastRow: added.lastRow, unsent: [...unsent, ...added.entries] };
  return toStored(_id, version + 1, JSON.stringify(body), outbox);
}

const taken = 'taken';

function isTaken(error: unknown): typeof taken {
  if (isDuplicate(error)) return taken;
  throw error;
}

/** The fields of the first unique index in which another document has the same values. */
async function takenIndex(place: Place, id: string, body: JsonObject): Promise<readonly string[] | null> {
  for (const { fields } of place.spec.indexes.filter(isUnique)) {
    const values = fields.map((field): [string, Json] => [pathOf(field), valueAt(body, field) ?? null]);
    if (values.some(([, value]) => value === null || typeof value === 'object')) continue;
    const same = { ...Object.fromEntries(values), _id: { $ne: id } };
    const other = await place.call((db) =>
      collectionOf(db, place.spec.name).findOne(same, { projection: { _id: 1 } }),
    );
    if (other !== null) return fields;
  }
  return null;
}

const isUnique = ({ unique = false }: IndexSpec): boolean => unique;
