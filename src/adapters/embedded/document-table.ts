// The table of one collection: a column for each indexed field beside the body. Names come from the specification in our
// code and are checked; a field that is indexed later gets its column and is filled from the bodies.
import { assert } from '#src/domain/errors.ts';
import type { Json, JsonObject } from '#src/domain/json.ts';
import { valueAt } from '#src/ports/document-change.ts';
import type { CollectionSpec, IndexSpec } from '#src/ports/documents.ts';
import type { Connection, SqlValue } from './database.ts';
import { comparable, comparableSql, type FieldOf, isFieldName, jsonPath } from './filter.ts';
import type { Source } from './pages.ts';

export interface DocumentTable {
  collection: string;
  /** Quoted, as SQL names it. */
  name: string;
  /** Indexed fields, each with a column of that name; also those that an earlier version indexed. */
  fields: string[];
  uniques: readonly IndexSpec[];
  durability: CollectionSpec['durability'];
  source: Source;
}

const collectionName = /^[a-z][a-z0-9_-]{0,60}$/i;

/** Makes what is missing. Synchronous and outside of the writer's transactions. */
export function openTable(connection: Connection, spec: CollectionSpec): DocumentTable {
  assert(collectionName.test(spec.name), 'a collection has a plain name');
  const indexed = [...new Set(spec.indexes.flatMap((index) => index.fields))];
  assert(indexed.every(isFieldName), 'an index names fields by dotted paths');
  const name = quoted(`documents.${spec.name}`);
  connection.script('BEGIN IMMEDIATE');
  try {
    connection.script(
      `CREATE TABLE IF NOT EXISTS ${name} (id TEXT PRIMARY KEY, version INTEGER NOT NULL, body TEXT NOT NULL) STRICT`,
    );
    const fields = addColumns(connection, spec.name, name, indexed);
    for (const index of spec.indexes) connection.script(indexSql(spec.name, name, index));
    connection.script('COMMIT');
    const uniques = spec.indexes.filter((index) => index.unique === true);
    return {
      collection: spec.name,
      name,
      fields,
      uniques,
      durability: spec.durability,
      source: sourceOf(connection, spec.name, name, fields),
    };
  } catch (error) {
    if (connection.inTransaction()) connection.script('ROLLBACK');
    throw error;
  }
}

/** What the columns of a body hold, in the order of the fields. */
export const columnValues = (fields: readonly string[], body: JsonObject): SqlValue[] =>
  fields.map((field) => comparable(valueAt(body, field)));

/** The elements of lists in indexed fields. */
export function itemsOf(fields: readonly string[], body: JsonObject): { field: string; value: SqlValue }[] {
  return fields.flatMap((field) => {
    const list: Json | undefined = valueAt(body, field);
    if (!Array.isArray(list)) return [];
    const values = list.map(comparable).filter((value) => value !== null);
    return values.map((value) => ({ field, value }));
  });
}

export const quoted = (name: string): string => `"${name}"`;

/** Names of the collections that have ever been opened. */
export const collectionNames = (connection: Connection): string[] =>
  connection
    .all<{ name: string }>(
      `SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE 'documents.%' ORDER BY name`,
    )
    .map(({ name }) => name.slice('documents.'.length));

function addColumns(
  connection: Connection,
  collection: string,
  table: string,
  indexed: readonly string[],
): string[] {
  const present = connection
    .all<{ name: string }>(
      `SELECT name FROM pragma_table_info(?1) WHERE name NOT IN ('id', 'version', 'body')`,
      [`documents.${collection}`],
    )
    .map(({ name }) => name.slice(columnPrefix.length));
  const missing = indexed.filter((field) => !present.includes(field));
  for (const field of missing) connection.script(`ALTER TABLE ${table} ADD COLUMN ${columnOf(field)} ANY`);
  if (missing.length > 0) fillColumns(connection, collection, table, missing);
  return [...present, ...missing];
}

function fillColumns(
  connection: Connection,
  collection: string,
  table: string,
  fields: readonly string[],
): void {
  const sets = fields.map((field, index) => `${columnOf(field)} = ?${index + 2}`).join(', ');
  for (const { id, body } of connection.all<{ id: string; body: string }>(`SELECT id, body FROM ${table}`)) {
    const parsed: JsonObject = JSON.parse(body);
    connection.run(`UPDATE ${table} SET ${sets} WHERE id = ?1`, [id, ...columnValues(fields, parsed)]);
    insertItems(connection, collection, id, itemsOf(fields, parsed));
  }
}

export function insertItems(
  connection: Connection,
  collection: string,
  id: string,
  items: readonly { field: string; value: SqlValue }[],
): void {
  for (const { field, value } of items) {
    connection.run(
      'INSERT INTO document_items (collection, field, value, id) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING',
      [collection, field, value, id],
    );
  }
}

const columnPrefix = 'f.';
const columnOf = (field: string): string => quoted(`${columnPrefix}${field}`);
export const columnNames = (fields: readonly string[]): string[] => fields.map(columnOf);

/** SQLite takes rows with a NULL in a unique index for different ones, as the port wants it. */
function indexSql(collection: string, table: string, { fields, unique = false }: IndexSpec): string {
  const name = quoted(`${collection}:${fields.join(',')}${unique ? ':unique' : ''}`);
  const columns = columnNames(fields).join(', ');
  return unique
    ? `CREATE UNIQUE INDEX IF NOT EXISTS ${name} ON ${table} (${columns})`
    : `CREATE INDEX IF NOT EXISTS ${name} ON ${table} (${columns}, id)`;
}

function sourceOf(
  connection: Connection,
  collection: string,
  table: string,
  fields: readonly string[],
): Source {
  const known = new Set(fields);
  const fieldOf: FieldOf = (field, bind) => {
    if (field === 'id') return { value: 'id' };
    if (known.has(field)) {
      const value = columnOf(field);
      // Without the second half, which most fields never need, an index also gives the order.
      if (!holdsLists(connection, collection, field)) return { value };
      return {
        value,
        contains: (matches) =>
          `id IN (SELECT id FROM document_items
           WHERE collection = ${bind(collection)} AND field = ${bind(field)} AND (${matches('value')}))`,
      };
    }
    const path = bind(jsonPath(field));
    return {
      value: comparableSql(`json_type(body, ${path})`, `json_extract(body, ${path})`),
      contains: (matches) =>
        `json_type(body, ${path}) = 'array' AND EXISTS (SELECT 1 FROM json_each(body, ${path}) AS element
         WHERE ${matches(comparableSql('element.type', 'element.value'))})`,
    };
  };
  return {
    from: table,
    columns: 'id, version, body',
    id: 'id',
    fieldOf,
    narrow: (field) => known.has(field),
    scope: () => '1',
  };
}

const holdsLists = (connection: Connection, collection: string, field: string): boolean =>
  connection.get('SELECT 1 FROM document_items WHERE collection = ?1 AND field = ?2 LIMIT 1', [
    collection,
    field,
  ]) !== null;
