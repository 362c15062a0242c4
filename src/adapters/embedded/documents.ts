// Documents on SQLite: a table for each collection, one outbox for all. Every write runs in the writer, which is alone,
// so what it has read and checked still holds when it writes.
import type { DomainEvent } from '#src/domain/events.ts';
import type { JsonObject } from '#src/domain/json.ts';
import { checkDocument, checkMessage } from '#src/domain/sizes.ts';
import { applyChange } from '#src/ports/document-change.ts';
import type {
  Change,
  ChangeOptions,
  Collection,
  CollectionSpec,
  DocumentChange,
  DocumentInsert,
  Documents,
  Stored,
  UnsentDocument,
} from '#src/ports/documents.ts';
import type { Filter } from '#src/ports/filter.ts';
import { type Connection, type SqlValue, storedJson } from './database.ts';
import {
  columnNames,
  columnValues,
  type DocumentTable,
  insertItems,
  itemsOf,
  openTable,
} from './document-table.ts';
import { compileFilter } from './filter.ts';
import { bindings, countWhere, findPage } from './pages.ts';
import type { Write, Writer } from './writer.ts';

/** @param outboxWaits called after a commit that left events to publish */
export function embeddedDocuments(
  connection: Connection,
  writer: Writer,
  outboxWaits: () => void,
): Documents {
  const tables = new Map<string, DocumentTable>();

  function tableOf(spec: CollectionSpec): DocumentTable {
    const key = JSON.stringify(spec);
    const table = tables.get(key) ?? openTable(connection, spec);
    tables.set(key, table);
    return table;
  }

  return {
    collection: <Body extends object>(spec: CollectionSpec) =>
      collectionOn<Body>(connection, writer, tableOf(spec), outboxWaits),
    unsent: async (before, limit) => unsent(connection, before, limit),
    mark: (collection, id, row) =>
      writer.note((write) => {
        write.run('DELETE FROM document_outbox WHERE collection = ?1 AND id = ?2 AND n <= ?3', [
          collection,
          id,
          row,
        ]);
      }),
  };
}

function collectionOn<Body extends object>(
  connection: Connection,
  writer: Writer,
  table: DocumentTable,
  outboxWaits: () => void,
): Collection<Body> {
  // All that this process keeps lies in one log, of which a power cut leaves a beginning.
  const write = table.durability === 'in-order' ? writer.note : writer.write;
  async function writing<Outcome>(outbox: readonly DomainEvent[], work: Write<Outcome>): Promise<Outcome> {
    for (const event of outbox) checkMessage(event);
    const outcome = await write(work);
    if (outbox.length > 0) outboxWaits();
    return outcome;
  }
  return {
    insert: async (id, body, { outbox = [] } = {}) => {
      const text = JSON.stringify(body);
      checkDocument(table.collection, id, text);
      return writing(outbox, (to) => insert(to, table, id, text, outbox));
    },
    get: async (id) => {
      const row = rowOf(connection, table, id);
      return row === null ? null : stored<Body>(row);
    },
    find: async (query) => {
      const page = findPage<Row>(connection, table.source, query);
      return { rows: page.rows.map((row) => stored<Body>(row)), next: page.next };
    },
    count: async (where) => countWhere(connection, table.source, where),
    change: (id, change, options = {}) =>
      writing(options.outbox ?? [], (to) => changeOne<Body>(to, table, id, change, options)),
    remove: (id, options = {}) =>
      write((to) => {
        const row = rowOf(to, table, id);
        if (row === null || !matches(to, table, row, options)) return false;
        deleteOne(to, table, id);
        return true;
      }),
    removeWhere: (where, limit) =>
      write((to) => {
        const { rows } = findPage<Row>(to, table.source, { where, limit });
        for (const { id } of rows) deleteOne(to, table, id);
        return rows.length;
      }),
  };
}

interface Row {
  id: string;
  version: number;
  body: string;
}

const rowOf = (connection: Connection, table: DocumentTable, id: string): Row | null =>
  connection.get<Row>(`SELECT id, version, body FROM ${table.name} WHERE id = ?1`, [id]);

/** What was stored under this type comes back as it was. */
function stored<Body>({ id, version, body }: Row): Stored<Body> {
  return { id, version, body: storedJson<Body>(body) };
}

function insert(
  write: Connection,
  table: DocumentTable,
  id: string,
  text: string,
  outbox: readonly DomainEvent[],
): DocumentInsert {
  if (rowOf(write, table, id) !== null) return { kind: 'exists' };
  const body: JsonObject = JSON.parse(text);
  const values = columnValues(table.fields, body);
  const fields = takenIndex(write, table, id, values);
  if (fields !== null) return { kind: 'taken', fields };
  const names = ['id', 'version', 'body', ...columnNames(table.fields)];
  const places = names.map((_, index) => `?${index + 1}`);
  write.run(`INSERT INTO ${table.name} (${names.join(', ')}) VALUES (${places.join(', ')})`, [
    id,
    1,
    text,
    ...values,
  ]);
  insertItems(write, table.collection, id, itemsOf(table.fields, body));
  addToOutbox(write, table, id, outbox);
  return { kind: 'inserted' };
}

function changeOne<Body>(
  write: Connection,
  table: DocumentTable,
  id: string,
  change: Change,
  options: ChangeOptions,
): DocumentChange<Body> {
  const row = rowOf(write, table, id);
  if (row === null) return { kind: 'absent' };
  if (!matches(write, table, row, options)) return { kind: 'unmatched', stored: stored<Body>(row) };
  const body = applyChange(stored<JsonObject>(row).body, change);
  const values = columnValues(table.fields, body);
  const fields = takenIndex(write, table, id, values);
  if (fields !== null) return { kind: 'taken', fields };
  const next: Row = { id, version: row.version + 1, body: JSON.stringify(body) };
  checkDocument(table.collection, id, next.body);
  const sets = ['version', 'body', ...columnNames(table.fields)].map(
    (name, index) => `${name} = ?${index + 2}`,
  );
  write.run(`UPDATE ${table.name} SET ${sets.join(', ')} WHERE id = ?1`, [
    id,
    next.version,
    next.body,
    ...values,
  ]);
  deleteItems(write, table, id);
  insertItems(write, table.collection, id, itemsOf(table.fields, body));
  addToOutbox(write, table, id, options.outbox ?? []);
  return { kind: 'changed', stored: stored<Body>(next) };
}

function matches(
  connection: Connection,
  table: DocumentTable,
  row: Row,
  { expectedVersion, where }: { expectedVersion?: number; where?: Filter },
): boolean {
  if (expectedVersion !== undefined && expectedVersion !== row.version) return false;
  if (where === undefined) return true;
  const { values, bind } = bindings();
  const own = bind(row.id);
  const condition = compileFilter(where, table.source.fieldOf, bind);
  return connection.get(`SELECT 1 FROM ${table.name} WHERE id = ${own} AND (${condition})`, values) !== null;
}

/** The fields of the first unique index in which another document has the same values; in SQL, NULL equals nothing. */
function takenIndex(
  write: Connection,
  table: DocumentTable,
  id: string,
  values: readonly SqlValue[],
): readonly string[] | null {
  for (const { fields } of table.uniques) {
    const own = fields.map((field) => values[table.fields.indexOf(field)] ?? null);
    const equal = columnNames(fields).map((column, index) => `${column} = ?${index + 2}`);
    const sql = `SELECT 1 FROM ${table.name} WHERE id <> ?1 AND ${equal.join(' AND ')}`;
    if (write.get(sql, [id, ...own]) !== null) return fields;
  }
  return null;
}

function deleteOne(write: Connection, table: DocumentTable, id: string): void {
  write.run(`DELETE FROM ${table.name} WHERE id = ?1`, [id]);
  deleteItems(write, table, id);
}

function deleteItems(write: Connection, table: DocumentTable, id: string): void {
  write.run('DELETE FROM document_items WHERE collection = ?1 AND id = ?2', [table.collection, id]);
}

function addToOutbox(
  write: Connection,
  table: DocumentTable,
  id: string,
  events: readonly DomainEvent[],
): void {
  for (const event of events) {
    write.run('INSERT INTO document_outbox (collection, id, at, body) VALUES (?1, ?2, ?3, ?4)', [
      table.collection,
      id,
      event.at,
      JSON.stringify(event),
    ]);
  }
}

function unsent(connection: Connection, before: number, limit: number): UnsentDocument[] {
  const documents = connection.all<{ collection: string; id: string }>(
    `SELECT collection, id FROM document_outbox GROUP BY collection, id
     HAVING min(at) <= ?1 ORDER BY min(at), min(n) LIMIT ?2`,
    [before, limit],
  );
  return documents.map(({ collection, id }) => ({
    collection,
    id,
    rows: connection
      .all<{ n: number; body: string }>(
        'SELECT n, body FROM document_outbox WHERE collection = ?1 AND id = ?2 ORDER BY n',
        [collection, id],
      )
      .map(({ n, body }) => ({ n, event: parsedEvent(body) })),
  }));
}

function parsedEvent(body: string): DomainEvent {
  return JSON.parse(body);
}
