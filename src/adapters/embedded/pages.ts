// Finding and counting, the same for records and documents: order is total, and a cursor is the place of a row in that
// order, never a count, so that pages stay in place while rows come and go.
import { type Cursor, readCursor, writeCursor } from '#src/ports/cursor.ts';
import type { Filter, Query } from '#src/ports/filter.ts';
import type { Connection, SqlValue } from './database.ts';
import { type Bind, comparable, compileFilter, type FieldOf, scalarOf } from './filter.ts';

/** What is searched; every text here comes from the adapters, never from a caller. */
export interface Source {
  from: string;
  columns: string;
  /** The column that breaks ties. */
  id: string;
  fieldOf: FieldOf;
  /** Whether a condition on this field is worth more to the planner than the order by id. */
  narrow(field: string): boolean;
  /** Holds for every row of the source. */
  scope(bind: Bind, where: Filter): string;
}

const limitDefault = 100;

export function findPage<Row>(
  connection: Connection,
  source: Source,
  query: Query,
): { rows: Row[]; next: string | null } {
  const { values, bind } = bindings();
  const sorted = sortOf(source, query, bind);
  const where = query.where ?? {};
  const parts = [source.scope(bind, where), compileFilter(where, source.fieldOf, bind)];
  if (query.after !== undefined) parts.push(afterCursor(sorted, readCursor(query.after), bind));
  const limit = query.limit ?? limitDefault;
  const skip = query.after === undefined ? (query.skip ?? 0) : 0;
  const order = sorted.byId ? [sorted.id] : [sorted.value, sorted.id];
  const rows = connection.all<Row & { cursor_value: SqlValue; cursor_id: string }>(
    `SELECT ${source.columns}, ${sorted.value} AS cursor_value, ${sorted.id} AS cursor_id FROM ${source.from}
     WHERE ${parts.map((part) => `(${part})`).join(' AND ')}
     ORDER BY ${order.map((one) => `${one} ${sorted.word}`).join(', ')}
     LIMIT ${bind(limit + 1)} OFFSET ${bind(skip)}`,
    values,
  );
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  const more = rows.length > limit && last !== undefined;
  return { rows: page, next: more ? writeCursor(scalarOf(last.cursor_value), last.cursor_id) : null };
}

export function countWhere(connection: Connection, source: Source, where: Filter): number {
  const { values, bind } = bindings();
  const parts = [source.scope(bind, where), compileFilter(where, source.fieldOf, bind)];
  const row = connection.get<{ count: number }>(
    `SELECT count(*) AS count FROM ${source.from} WHERE ${parts.map((part) => `(${part})`).join(' AND ')}`,
    values,
  );
  return row?.count ?? 0;
}

/** Truth values and nested things are blobs here, and texts no numbers: none of them adds anything. */
export function sumWhere(connection: Connection, source: Source, field: string, where: Filter): number {
  const { values, bind } = bindings();
  const { value } = source.fieldOf(field, bind);
  const parts = [source.scope(bind, where), compileFilter(where, source.fieldOf, bind)];
  const row = connection.get<{ sum: number | null }>(
    `SELECT sum(CASE WHEN typeof(${value}) IN ('integer', 'real') THEN ${value} END) AS sum
     FROM ${source.from} WHERE ${parts.map((part) => `(${part})`).join(' AND ')}`,
    values,
  );
  return row?.sum ?? 0;
}

export function bindings(): { values: SqlValue[]; bind: Bind } {
  const values: SqlValue[] = [];
  return { values, bind: (value) => `?${values.push(value)}` };
}

interface Sorted {
  value: string;
  id: string;
  byId: boolean;
  word: 'ASC' | 'DESC';
}

function sortOf(source: Source, query: Query, bind: Bind): Sorted {
  const { field, direction } = query.sort ?? { field: 'id', direction: 'ascending' };
  const word = direction === 'ascending' ? 'ASC' : 'DESC';
  if (field === 'id') {
    // The plus keeps the planner from walking through everything in the order of ids.
    const id = Object.keys(query.where ?? {}).some(source.narrow) ? `+${source.id}` : source.id;
    return { value: id, id, byId: true, word };
  }
  return { value: source.fieldOf(field, bind).value, id: source.id, byId: false, word };
}

/** What comes after the cursor's row. NULL is before everything else, as SQLite sorts it. */
function afterCursor({ value, id, byId, word }: Sorted, cursor: Cursor, bind: Bind): string {
  const beyond = word === 'ASC' ? '>' : '<';
  const place = bind(cursor.id);
  if (byId) return `${id} ${beyond} ${place}`;
  if (cursor.value === null) {
    const later = `${value} IS NULL AND ${id} ${beyond} ${place}`;
    return word === 'ASC' ? `(${later}) OR ${value} IS NOT NULL` : later;
  }
  const bound = bind(comparable(cursor.value));
  const later = `${value} ${beyond}= ${bound} AND (${value} ${beyond} ${bound} OR ${id} ${beyond} ${place})`;
  return word === 'ASC' ? later : `(${later}) OR ${value} IS NULL`;
}
