// How the documents of a collection lie in the database, and the indexes that they are found by.
import { BSON, type Collection, type Db, type Document, type IndexDescription, ObjectId } from 'mongodb';
import { assert } from '#src/domain/errors.ts';
import type { JsonObject } from '#src/domain/json.ts';
import { documentBytesMax, oversized } from '#src/domain/sizes.ts';
import type { CollectionSpec, IndexSpec, Stored } from '#src/ports/documents.ts';
import { decoded, encoded } from './body-encoding.ts';
import { isFieldName, type PathOf } from './filter.ts';
import type { Source } from './queries.ts';

/** An event that waits to be published. */
export interface OutboxEntry {
  /** Above all that any document of this id had before, also one that was removed. */
  n: number;
  at: number;
  /** JSON. */
  event: string;
}

export interface StoredDocument {
  _id: string;
  version: number;
  /** New with every write. A version alone would also fit a later document of the same id. */
  stamp: ObjectId;
  body: Document;
  lastRow?: number | undefined;
  unsent?: OutboxEntry[] | undefined;
}

export const collectionOf = (db: Db, name: string): Collection<StoredDocument> =>
  db.collection<StoredDocument>(`documents.${name}`);

export const pathOf: PathOf = (field) => (field === 'id' ? '_id' : `body.${field}`);

export const documentSource = (name: string): Source => ({
  collection: `documents.${name}`,
  pathOf,
  idPath: '_id',
  scope: {},
});

/** Smaller JSON than this stays below the limit in any form: the server's takes at most ten times the room. */
const lengthUnmeasured = documentBytesMax / 12;

/**
 * @param text the body as JSON
 * @throws oversized, in the form of the server: there some values take more room than as JSON
 */
export function toStored(
  id: string,
  version: number,
  text: string,
  outbox: { lastRow?: number | undefined; unsent: readonly OutboxEntry[] },
): StoredDocument {
  const body: JsonObject = JSON.parse(text);
  const stored = {
    _id: id,
    version,
    stamp: new ObjectId(),
    body: encoded(body),
    lastRow: outbox.lastRow,
    unsent: outbox.unsent.length === 0 ? undefined : [...outbox.unsent],
  };
  const bytes = text.length > lengthUnmeasured ? BSON.calculateObjectSize(stored) : 0;
  if (bytes > documentBytesMax) throw oversized(`the document ${id}`, bytes, documentBytesMax);
  return stored;
}

/** What was stored under this type comes back as it was. */
export const fromStored = <Body>({ _id, version, body }: StoredDocument): Stored<Body> => ({
  id: _id,
  version,
  body: decoded(body) as Body,
});

const collectionName = /^[a-z][a-z0-9_-]{0,60}$/i;

export function checkSpec({ name, indexes }: CollectionSpec): void {
  assert(collectionName.test(name), 'a collection has a plain name');
  assert(
    indexes.every(({ fields }) => fields.every(isFieldName)),
    'an index names fields by dotted paths',
  );
}

export const indexesOf = ({ indexes }: CollectionSpec): IndexDescription[] => indexes.flatMap(indexOf);

/**
 * A unique index holds only documents in which each field has a value. No query is known to lie within that condition, so the
 * same fields are indexed once more to be found by.
 */
function indexOf({ fields, unique = false }: IndexSpec): IndexDescription[] {
  const paths = fields.map(pathOf);
  const key = Object.fromEntries(paths.map((path) => [path, 1]));
  const name = fields.join(',');
  const found: IndexDescription = { name, key: { ...key, _id: 1 } };
  if (!unique) return [found];
  const partialFilterExpression = Object.fromEntries(
    paths.map((path) => [path, { $type: ['string', 'number', 'bool'] }]),
  );
  return [found, { name: `${name}:unique`, key, unique: true, partialFilterExpression }];
}
