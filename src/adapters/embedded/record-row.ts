// How a saga record lies in its tables, and which columns its fields are found by.
import type { OutboxRow, SagaRecord } from '#src/domain/saga-record.ts';
import type { Connection, SqlValue } from './database.ts';
import { comparable, comparableSql, type FieldOf, jsonPath } from './filter.ts';
import type { Source } from './pages.ts';

export interface BodyRow {
  body: string;
  sent_through: number;
}

/** The mark is raised without the body, so the column is the truth. */
export function fromRow({ body, sent_through }: BodyRow): SagaRecord {
  const record: SagaRecord = JSON.parse(body);
  return { ...record, sentThrough: sent_through };
}

export function insertRow(write: Connection, record: SagaRecord): void {
  const inserted = write.get<{ row: number }>(insertSql, [
    record.machine,
    record.id,
    record.createdAt,
    ...changing(record, record.sentThrough),
  ]);
  if (inserted === null) throw new Error('a record was inserted and answered no row');
  write.run('INSERT INTO record_bodies (row, body) VALUES (?1, ?2)', [inserted.row, JSON.stringify(record)]);
}

export function updateRow(write: Connection, row: number, record: SagaRecord, sentThrough: number): void {
  write.run(updateSql, [row, record.createdAt, ...changing(record, sentThrough)]);
  write.run('UPDATE record_bodies SET body = ?2 WHERE row = ?1', [row, JSON.stringify(record)]);
}

/** When the oldest row above the mark was written; null when all are sent. */
export function unsentSince(outbox: readonly OutboxRow[], sentThrough: number): number | null {
  let oldest: number | null = null;
  for (const { n, at } of outbox) {
    if (n > sentThrough && (oldest === null || at < oldest)) oldest = at;
  }
  return oldest;
}

const changingColumns = [
  'version',
  'machine_version',
  'state',
  'user_id',
  'fields',
  'uniques',
  'at',
  'next_deadline',
  'final',
  'deleted_at',
  'quarantined',
  'sent_through',
  'last_row',
  'unsent_since',
] as const;

const changing = (record: SagaRecord, sentThrough: number): SqlValue[] => [
  record.version,
  record.machineVersion,
  record.state,
  comparable(record.fields.userId),
  JSON.stringify(record.fields),
  JSON.stringify(record.uniques),
  record.at,
  record.nextDeadline,
  comparable(record.final),
  record.deletedAt,
  comparable(record.quarantine !== null),
  sentThrough,
  record.outbox.at(-1)?.n ?? 0,
  unsentSince(record.outbox, sentThrough),
];

const places = (from: number) => changingColumns.map((_, index) => `?${from + index}`);

const insertSql = `INSERT INTO records (machine, id, created_at, ${changingColumns.join(', ')})
  VALUES (?1, ?2, ?3, ${places(4).join(', ')}) RETURNING row`;

const updateSql = `UPDATE records SET created_at = ?2,
  ${changingColumns.map((column, index) => `${column} = ?${3 + index}`).join(', ')} WHERE row = ?1`;

/** Fields with a column of their own; all others are read from the record's `fields`. */
const columns: ReadonlyMap<string, string> = new Map([
  ['id', 'id'],
  ['state', 'state'],
  ['userId', 'user_id'],
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

export const recordSource = (machine: string): Source => ({
  from: 'records JOIN record_bodies USING (row)',
  columns: 'body, sent_through',
  id: 'id',
  fieldOf,
  scope: (bind) => `machine = ${bind(machine)}`,
});
