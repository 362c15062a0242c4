// Saga records: a small row of what is searched, and the whole record as JSON beside it. Every write happens in the
// writer, which is alone, so what a write has just read is still so when it writes.
import type { SagaRecord } from '#src/domain/saga-record.ts';
import type { CommitOutcome, DueTimer, InsertOutcome, RecordRef, Records } from '#src/ports/records.ts';
import type { Connection } from './database.ts';
import { countWhere, findPage } from './pages.ts';
import {
  type BodyRow,
  fromRow,
  insertRow,
  recordSource,
  storedRow,
  unsentSince,
  updateRow,
} from './record-row.ts';
import type { Writer } from './writer.ts';

export function embeddedRecords(connection: Connection, writer: Writer): Records {
  return {
    insert: (record) => writer.write((write) => insert(write, record)),
    load: async (machine, id) => {
      const row = connection.get<BodyRow>(
        `SELECT body, sent_through FROM records JOIN record_bodies USING (row) WHERE machine = ?1 AND id = ?2`,
        [machine, id],
      );
      return row === null ? null : fromRow(row);
    },
    commit: (record) => writer.write((write) => commit(write, record)),
    mark: (machine, id, row) => writer.note((write) => mark(write, machine, id, row)),
    due: async (now, limit) => due(connection, now, limit),
    nextDeadline: async () => {
      const row = connection.get<{ at: number | null }>(
        'SELECT min(next_deadline) AS at FROM records WHERE next_deadline IS NOT NULL',
      );
      return row?.at ?? null;
    },
    unsent: async (before, limit) =>
      connection.all<RecordRef>(
        'SELECT machine, id FROM records WHERE unsent_since <= ?1 ORDER BY unsent_since LIMIT ?2',
        [before, limit],
      ),
    find: async (machine, query) => {
      const page = findPage<BodyRow>(connection, recordSource(machine), query);
      return { rows: page.rows.map(fromRow), next: page.next };
    },
    count: async (machine, where) => countWhere(connection, recordSource(machine), where),
    holder: async (unique) => holder(connection, unique),
    held: async (prefix) => held(connection, prefix),
    remove: (machine, id) => writer.write((write) => remove(write, machine, id)),
  };
}

function insert(write: Connection, record: SagaRecord): InsertOutcome {
  if (storedRow(write, record.machine, record.id) !== null) return { kind: 'exists' };
  const taken = takenUnique(write, record);
  if (taken !== null) return { kind: 'taken', unique: taken };
  insertRow(write, record);
  takeUniques(write, record);
  return { kind: 'inserted' };
}

function commit(write: Connection, record: SagaRecord): CommitOutcome {
  const before = storedRow(write, record.machine, record.id);
  if (before === null || before.version !== record.version - 1) return { kind: 'conflict' };
  const uniquesChanged = before.uniques !== JSON.stringify(record.uniques);
  if (uniquesChanged) {
    const taken = takenUnique(write, record);
    if (taken !== null) return { kind: 'taken', unique: taken };
    giveUniquesBack(write, before.uniques);
    takeUniques(write, record);
  }
  updateRow(write, before, record);
  return { kind: 'committed' };
}

/** The first of the record's uniques that another record holds, or null. */
function takenUnique(write: Connection, record: SagaRecord): string | null {
  for (const unique of record.uniques) {
    const ref = holder(write, unique);
    if (ref !== null && (ref.machine !== record.machine || ref.id !== record.id)) return unique;
  }
  return null;
}

function takeUniques(write: Connection, { machine, id, uniques }: SagaRecord): void {
  for (const unique of uniques) {
    write.run('INSERT INTO record_uniques (value, machine, id) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING', [
      unique,
      machine,
      id,
    ]);
  }
}

function giveUniquesBack(write: Connection, uniques: string): void {
  write.run('DELETE FROM record_uniques WHERE value IN (SELECT value FROM json_each(?1))', [uniques]);
}

function mark(write: Connection, machine: string, id: string, through: number): void {
  const row = write.get<BodyRow & { row: number; last_row: number }>(
    `SELECT row, last_row, sent_through, CASE WHEN last_row > ?3 THEN body END AS body
     FROM records JOIN record_bodies USING (row) WHERE machine = ?1 AND id = ?2 AND sent_through < ?3`,
    [machine, id, through],
  );
  if (row === null) return;
  const since = row.last_row > through ? unsentSince(fromRow(row).outbox, through) : null;
  write.run('UPDATE records SET sent_through = ?2, unsent_since = ?3 WHERE row = ?1', [
    row.row,
    through,
    since,
  ]);
}

/** Records by their earliest timer: the first `limit` of them hold the first `limit` timers. */
function due(connection: Connection, now: number, limit: number): DueTimer[] {
  const rows = connection.all<BodyRow>(
    `SELECT body, sent_through FROM records JOIN record_bodies USING (row)
     WHERE next_deadline <= ?1 ORDER BY next_deadline LIMIT ?2`,
    [now, limit],
  );
  const timers = rows
    .map(fromRow)
    .flatMap(({ machine, id, timers: armed }) =>
      armed.filter(({ at }) => at <= now).map(({ name, at, arming }) => ({ machine, id, name, at, arming })),
    );
  return timers.sort((left, right) => left.at - right.at).slice(0, limit);
}

const holder = (connection: Connection, unique: string): RecordRef | null =>
  connection.get<RecordRef>('SELECT machine, id FROM record_uniques WHERE value = ?1', [unique]);

/** The last letter that there is: no text with the prefix comes after the prefix followed by it. */
const lastLetter = String.fromCodePoint(0x10ffff);

const held = (connection: Connection, prefix: string): string[] =>
  connection
    .all<{ value: string }>(
      'SELECT value FROM record_uniques WHERE value >= ?1 AND value <= ?2 ORDER BY value',
      [prefix, prefix + lastLetter],
    )
    .map(({ value }) => value);

function remove(write: Connection, machine: string, id: string): boolean {
  const row = write.get<{ row: number; uniques: string }>(
    'SELECT row, uniques FROM records WHERE machine = ?1 AND id = ?2 AND deleted_at IS NOT NULL',
    [machine, id],
  );
  if (row === null) return false;
  giveUniquesBack(write, row.uniques);
  write.run('DELETE FROM record_bodies WHERE row = ?1', [row.row]);
  write.run('DELETE FROM records WHERE row = ?1', [row.row]);
  return true;
}
