// How a saga record lies in its tables, and which columns its fields are found by.
import type { OutboxRow, SagaRecord } from '#src/domain/saga-record.ts';
import { checkRecord } from '#src/domain/sizes.ts';
import { type Connection, type SqlValue, storedJson } from './database.ts';
import { comparable, comparableSql, type FieldOf, jsonPath } from './filter.ts';
import type { Source } from './pages.ts';

export interface BodyRow {
  body: string;
  sent_through: number;
}

/** What a search answers of each record. */
export interface FoundRow {
  row: number;
  id: string;
  sent_through: number;
}

/** The mark is raised without the body, so the column is the truth. */
export function fromRow({ body, sent_through }: BodyRow): SagaRecord {
  const record = storedJson<SagaRecord>(body);
  return { ...record, sentThrough: sent_through };
}

export function insertRow(write: Connection, record: SagaRecord): Written {
  const body = checkedBody(record);
  const columns = columnsOf(record, record.sentThrough);
  const names = Object.keys(columns);
  const inserted = write.get<{ row: number }>(
    `INSERT INTO records (machine, id, ${names.join(', ')})
     VALUES (?1, ?2, ${names.map((_, index) => `?${index + 3}`).join(', ')}) RETURNING row`,
    [record.machine, record.id, ...Object.values(columns)],
  );
  if (inserted === null) throw new Error('a record was inserted and answered no row');
  write.run('INSERT INTO record_bodies (row, body) VALUES (?1, ?2)', [inserted.row, body]);
  return { stored: { row: inserted.row, ...columns }, size: body.length };
}

function checkedBody(record: SagaRecord): string {
  const body = JSON.stringify(record);
  checkRecord(record, body);
  return body;
}

/** What a commit has to know before it writes. */
export interface StoredRow extends StoredColumns {
  row: number;
}

interface StoredColumns extends Indexed {
  version: number;
  uniques: string;
  sent_through: number;
  last_row: number;
}

export interface Written {
  stored: StoredRow;
  /** Length of the record's JSON. */
  size: number;
}

export const storedRow = (write: Connection, machine: string, id: string): StoredRow | null =>
  write.get<StoredRow>(storedSql, [machine, id]);

/** Indexed columns are written only when they changed: SQLite would renew every index of a column that it is given. */
export function updateRow(write: Connection, before: StoredRow, record: SagaRecord): Written {
  const body = checkedBody(record);
  const sentThrough = Math.max(before.sent_through, record.sentThrough);
  const columns = columnsOf(record, sentThrough);
  const values: SqlValue[] = [before.row];
  let sets = '';
  for (const name of columnNames) {
    if (isIndexed(name) && before[name] === columns[name]) continue;
    values.push(columns[name]);
    sets += `${sets === '' ? '' : ', '}${name} = ?${values.length}`;
  }
  write.run(`UPDATE records SET ${sets} WHERE row = ?1`, values);
  write.run('UPDATE record_bodies SET body = ?2 WHERE row = ?1', [before.row, body]);
  return { stored: { row: before.row, ...columns }, size: body.length };
}

/** Raises the mark; the body is not touched. */
export function markRow(write: Connection, row: number, through: number, since: number | null): void {
  write.run('UPDATE records SET sent_through = ?2, unsent_since = ?3 WHERE row = ?1', [row, through, since]);
}

/** When the oldest row above the mark was written; null when all are sent. */
export function unsentSince(outbox: readonly OutboxRow[], sentThrough: number): number | null {
  let oldest: number | null = null;
  for (const { n, at } of outbox) {
    if (n > sentThrough && (oldest === null || at < oldest)) oldest = at;
  }
  return oldest;
}

const indexedColumns = [
  'state',
  'user_id',
  'held_count',
  'created_at',
  'next_deadline',
  'deleted_at',
  'unsent_since',
] as const;

type Indexed = Record<(typeof indexedColumns)[number], SqlValue>;

export const storedColumns = `row, version, uniques, sent_through, last_row, ${indexedColumns.join(', ')}`;
const storedSql = `SELECT ${storedColumns} FROM records WHERE machine = ?1 AND id = ?2`;

const columnNames = [
  'version',
  'machine_version',
  'fields',
  'uniques',
  'at',
  'final',
  'quarantined',
  'sent_through',
  'last_row',
  ...indexedColumns,
] as const;

const indexed: ReadonlySet<string> = new Set(indexedColumns);
const isIndexed = (name: string): name is keyof Indexed => indexed.has(name);

const columnsOf = (
  record: SagaRecord,
  sentThrough: number,
): Record<(typeof columnNames)[number], SqlValue> & StoredColumns => ({
  version: record.version,
  machine_version: record.machineVersion,
  state: record.state,
  user_id: comparable(record.fields.userId),
  held_count: comparable(record.fields.heldCount),
  fields: JSON.stringify(record.fields),
  uniques: JSON.stringify(record.uniques),
  at: record.at,
  created_at: record.createdAt,
  next_deadline: record.nextDeadline,
  final: comparable(record.final),
  deleted_at: record.deletedAt,
  quarantined: comparable(record.quarantine !== null),
  sent_through: sentThrough,
  last_row: record.outbox.at(-1)?.n ?? 0,
  unsent_since: unsentSince(record.outbox, sentThrough),
});

/** Fields with a column of their own; all others are read from the record's `fields`. */
const columns: ReadonlyMap<string, string> = new Map([
  ['id', 'id'],
  ['state', 'state'],
  ['userId', 'user_id'],
  ['heldCount', 'held_count'],
  ['at', 'at'],
  ['createdAt', 'created_at'],
  ['nextDeadline', 'next_deadline'],
  ['final', 'final'],
  ['deletedAt', 'deleted_at'],
  ['machineVersion', 'machine_version'],
  ['quarantined', 'quarantined'],
]);

const fieldOf: FieldOf = (field, bind) => {
  const column = columns.get(field);
  if (column !== undefined) return { value: column };
  const path = bind(jsonPath(field));
  return { value: comparableSql(`json_type(fields, ${path})`, `json_extract(fields, ${path})`) };
};

/** Conditions on these leave few records of a long history. */
const narrowFields: ReadonlySet<string> = new Set(['state', 'nextDeadline', 'heldCount']);

export const recordSource = (machine: string): Source => ({
  from: 'records',
  columns: 'row, id, sent_through',
  id: 'id',
  fieldOf,
  narrow: (field) => narrowFields.has(field),
  // The index of deadlines spans all machines; the plus keeps the planner from preferring one that begins with the machine.
  scope: (bind, where) => `${'nextDeadline' in where ? '+' : ''}machine = ${bind(machine)}`,
});
