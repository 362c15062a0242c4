// Saga records in memory: version checks, unique values and marks, as the port promises them.
import type { Fields, SagaRecord } from '#src/domain/saga-record.ts';
import { checkRecord } from '#src/domain/sizes.ts';
import type { Page, Query } from '#src/ports/filter.ts';
import type { CommitOutcome, DueTimer, InsertOutcome, RecordRef } from '#src/ports/records.ts';
import { fix } from '../world/copy.ts';
import { matching, select, valueAt } from '../world/query.ts';
import type { RecordStore } from './stores.ts';

export function memoryRecords(): RecordStore {
  const records = new Map<string, SagaRecord>();
  /** The same as candidates, by machine. */
  const shelves = new Map<string, Map<string, Row>>();
  const all = (): SagaRecord[] => [...records.values()];
  const keep = (given: SagaRecord): void => {
    const record = fix(given);
    records.set(keyOf(record.machine, record.id), record);
    const shelf = shelves.get(record.machine) ?? new Map<string, Row>();
    shelves.set(record.machine, shelf.set(record.id, flat(record)));
  };
  const rowsOf = (machine: string): Row[] => [...(shelves.get(machine)?.values() ?? [])];
  const takenBy = (record: SagaRecord): string | undefined => {
    if (record.uniques.length === 0) return undefined;
    const others = all().filter((other) => other.uniques.length > 0 && !same(other, record));
    return record.uniques.find((unique) => others.some((other) => other.uniques.includes(unique)));
  };

  const insert = (record: SagaRecord): InsertOutcome => {
    if (records.has(keyOf(record.machine, record.id))) return { kind: 'exists' };
    const unique = takenBy(record);
    if (unique !== undefined) return { kind: 'taken', unique };
    checkRecord(record, JSON.stringify(record));
    keep(record);
    return { kind: 'inserted' };
  };
  const load = (machine: string, id: string): SagaRecord | null => records.get(keyOf(machine, id)) ?? null;
  const commit = (record: SagaRecord): CommitOutcome => {
    const before = load(record.machine, record.id);
    if (before === null || before.version !== record.version - 1) return { kind: 'conflict' };
    const unique = takenBy(record);
    if (unique !== undefined) return { kind: 'taken', unique };
    checkRecord(record, JSON.stringify(record));
    keep({ ...record, sentThrough: Math.max(before.sentThrough, record.sentThrough) });
    return { kind: 'committed' };
  };
  const mark = (machine: string, id: string, row: number): void => {
    const record = load(machine, id);
    if (record !== null) keep({ ...record, sentThrough: Math.max(record.sentThrough, row) });
  };
  const due = (now: number, limit: number): DueTimer[] =>
    all()
      .filter(({ timers }) => timers.some((timer) => timer.at <= now))
      .flatMap(({ machine, id, timers }) => timers.map((timer) => ({ machine, id, ...timer })))
      .filter((timer) => timer.at <= now)
      .sort((left, right) => left.at - right.at)
      .slice(0, limit);
  const nextDeadline = (): number | null => {
    const moments = all().flatMap(({ nextDeadline: at }) => (at === null ? [] : [at]));
    return moments.length === 0 ? null : Math.min(...moments);
  };
  const unsent = (before: number, limit: number): RecordRef[] =>
    all()
      .filter(({ outbox, sentThrough }) => (outbox.at(-1)?.n ?? 0) > sentThrough)
      .map((record) => ({ record, since: unsentSince(record) }))
      .filter(({ since }) => since <= before)
      .sort((left, right) => left.since - right.since)
      .slice(0, limit)
      .map(({ record: { machine, id } }) => ({ machine, id }));
  const find = (machine: string, query: Query): Page<SagaRecord> => {
    const { rows, next } = select(rowsOf(machine), query);
    return { rows: rows.map(({ record }) => record), next };
  };
  const count = (machine: string, where: NonNullable<Query['where']>): number =>
    rowsOf(machine).filter(matching(where)).length;
  const sum = (machine: string, field: string, where: NonNullable<Query['where']>): number =>
    rowsOf(machine)
      .filter(matching(where))
      .map(({ body }) => valueAt(body, field))
      .reduce<number>((total, value) => total + (typeof value === 'number' ? value : 0), 0);
  const holder = (unique: string): RecordRef | null => {
    const record = all().find(({ uniques }) => uniques.includes(unique));
    return record === undefined ? null : { machine: record.machine, id: record.id };
  };
  const held = (prefix: string): string[] =>
    all()
      .flatMap(({ uniques }) => uniques.filter((unique) => unique.startsWith(prefix)))
      .sort();
  const remove = (machine: string, id: string): boolean => {
    if (typeof load(machine, id)?.deletedAt !== 'number') return false;
    shelves.get(machine)?.delete(id);
    return records.delete(keyOf(machine, id));
  };

  return {
    insert,
    load,
    commit,
    mark,
    due,
    nextDeadline,
    unsent,
    find,
    count,
    sum,
    holder,
    held,
    remove,
    all,
    overwrite: keep,
  };
}

const unsentSince = ({ outbox, sentThrough }: SagaRecord): number =>
  outbox.find(({ n }) => n > sentThrough)?.at ?? Number.POSITIVE_INFINITY;

const keyOf = (machine: string, id: string): string => `${machine}/${id}`;
const same = (left: SagaRecord, right: SagaRecord): boolean =>
  left.machine === right.machine && left.id === right.id;

/** What can be asked for: the machine's fields, and the record's own. */
interface Row {
  id: string;
  body: Fields;
  record: SagaRecord;
}

function flat(record: SagaRecord): Row {
  const { id, state, createdAt, at, final, deletedAt, machineVersion, nextDeadline, quarantine } = record;
  const own = { id, state, createdAt, at, final, deletedAt, machineVersion, nextDeadline };
  return { id, body: { ...record.fields, ...own, quarantined: quarantine !== null }, record };
}
