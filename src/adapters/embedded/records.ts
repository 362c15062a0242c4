// Saga records: a small row of what is searched, and the whole record as JSON beside it. Every write happens in the
// writer, which is alone, so what a write has just read is still so when it writes.
import type { DomainEvent } from '#src/domain/events.ts';
import { allSent, type OutboxRow, type SagaRecord } from '#src/domain/saga-record.ts';
import type { CommitOutcome, DueTimer, InsertOutcome, RecordRef, Records } from '#src/ports/records.ts';
import type { Outlet } from './bus.ts';
import type { EventRow } from './bus-store.ts';
import type { Connection } from './database.ts';
import { countWhere, findPage, sumWhere } from './pages.ts';
import { type CachedRecord, type RecordCache, recordCache } from './record-cache.ts';
import {
  type BodyRow,
  type FoundRow,
  fromRow,
  insertRow,
  markRow,
  recordSource,
  type StoredRow,
  storedColumns,
  storedRow,
  unsentSince,
  updateRow,
} from './record-row.ts';
import type { Writer } from './writer.ts';

/** @param outlet publishes with each commit; null when the bus lies elsewhere */
export function embeddedRecords(
  connection: Connection,
  writer: Writer,
  outlet: Outlet | null = null,
): Records {
  const cache = recordCache();

  /** Runs the work with the record as it is to be stored; what it says is published if it was stored. */
  async function saying<Outcome extends InsertOutcome | CommitOutcome>(
    given: SagaRecord,
    events: readonly DomainEvent[] | undefined,
    work: (write: Connection, record: SagaRecord) => Result<Outcome>,
  ): Promise<Outcome> {
    const publication = outlet === null || events === undefined ? null : outlet.prepare(events);
    const record = publication === null ? given : allSent(given);
    const { outcome } = await writer.write<Said<Outcome>>(
      (write) => {
        const result = work(write, record);
        if (publication === null || !isStored(result.outcome)) return { ...result, published: null };
        return {
          cached: result.cached,
          outcome: { ...result.outcome, published: true },
          published: publication(write),
        };
      },
      ({ cached, published }) => {
        if (cached !== null) cache.put(cached);
        if (published !== null) outlet?.handOut(published);
      },
    );
    return outcome;
  }

  return {
    insert: (given, events) => saying(given, events, (write, record) => insert(write, cache, record)),
    load: async (machine, id) =>
      (cache.get({ machine, id }) ?? read(connection, cache, machine, id))?.record ?? null,
    commit: (given, events) => saying(given, events, (write, record) => commit(write, cache, record)),
    async mark(machine, id, through) {
      await writer.note(
        (write) => mark(write, cache, { machine, id }, through),
        (cached) => {
          // A commit of the same batch may have put back what it knew before this mark.
          cache.take({ machine, id });
          if (cached !== null) cache.put(cached);
        },
      );
    },
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
      const page = findPage<FoundRow>(connection, recordSource(machine), query);
      const rows = page.rows.map(
        (row) => cache.peek({ machine, id: row.id })?.record ?? found(connection, row),
      );
      return { rows, next: page.next };
    },
    count: async (machine, where) => countWhere(connection, recordSource(machine), where),
    sum: async (machine, field, where) => sumWhere(connection, recordSource(machine), field, where),
    holder: async (unique) => holder(connection, unique),
    held: async (prefix) => held(connection, prefix),
    remove: (machine, id) => {
      const forget = () => void cache.take({ machine, id });
      return writer.write((write) => {
        forget();
        return remove(write, machine, id);
      }, forget);
    },
  };
}

/** What was written, to be kept once it is committed. */
interface Result<Outcome> {
  outcome: Outcome;
  cached: CachedRecord | null;
}

interface Said<Outcome> extends Result<Outcome> {
  published: readonly EventRow[] | null;
}

const isStored = ({ kind }: InsertOutcome | CommitOutcome): boolean =>
  kind === 'inserted' || kind === 'committed';

function read(connection: Connection, cache: RecordCache, machine: string, id: string): CachedRecord | null {
  const row = connection.get<BodyRow & StoredRow>(
    `SELECT body, ${storedColumns} FROM records JOIN record_bodies USING (row) WHERE machine = ?1 AND id = ?2`,
    [machine, id],
  );
  if (row === null) return null;
  const { body, ...stored } = row;
  const cached = { record: fromRow(row), stored, size: body.length };
  cache.put(cached);
  return cached;
}

/** Lists reach far back: what they read is not remembered in place of what is at work. */
function found(connection: Connection, row: FoundRow): SagaRecord {
  const stored = connection.get<{ body: string }>('SELECT body FROM record_bodies WHERE row = ?1', [row.row]);
  if (stored === null) throw new Error('a record was found and has no body');
  return fromRow({ ...row, ...stored });
}

function insert(write: Connection, cache: RecordCache, record: SagaRecord): Result<InsertOutcome> {
  cache.take(record);
  if (storedRow(write, record.machine, record.id) !== null)
    return { outcome: { kind: 'exists' }, cached: null };
  const unique = takenUnique(write, record);
  if (unique !== null) return { outcome: { kind: 'taken', unique }, cached: null };
  const written = insertRow(write, record);
  takeUniques(write, record);
  return { outcome: { kind: 'inserted' }, cached: { record, ...written } };
}

function commit(write: Connection, cache: RecordCache, record: SagaRecord): Result<CommitOutcome> {
  const known = cache.take(record);
  const before = known?.stored ?? storedRow(write, record.machine, record.id);
  if (before === null || before.version !== record.version - 1) {
    return { outcome: { kind: 'conflict' }, cached: known };
  }
  const uniquesChanged = before.uniques !== JSON.stringify(record.uniques);
  if (uniquesChanged) {
    const unique = takenUnique(write, record);
    if (unique !== null) return { outcome: { kind: 'taken', unique }, cached: known };
    giveUniquesBack(write, before.uniques);
    takeUniques(write, record);
  }
  const written = updateRow(write, before, record);
  const { sent_through: sentThrough } = written.stored;
  const kept = sentThrough === record.sentThrough ? record : { ...record, sentThrough };
  return { outcome: { kind: 'committed' }, cached: { record: kept, ...written } };
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

/** Answers the record with its mark when it was known without being read. */
function mark(write: Connection, cache: RecordCache, ref: RecordRef, through: number): CachedRecord | null {
  const known = cache.take(ref);
  const row = known?.stored ?? storedRow(write, ref.machine, ref.id);
  if (row === null || row.sent_through >= through) return known;
  const outbox = row.last_row > through ? (known?.record.outbox ?? outboxOf(write, row.row)) : [];
  const since = unsentSince(outbox, through);
  markRow(write, row.row, through, since);
  if (known === null) return null;
  const stored = { ...known.stored, sent_through: through, unsent_since: since };
  return { ...known, record: { ...known.record, sentThrough: through }, stored };
}

function outboxOf(write: Connection, row: number): OutboxRow[] {
  const stored = write.get<{ body: string }>('SELECT body FROM record_bodies WHERE row = ?1', [row]);
  const record: SagaRecord | null = stored === null ? null : JSON.parse(stored.body);
  return record?.outbox ?? [];
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
