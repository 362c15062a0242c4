// Saga records in memory: version checks, unique values and marks, as the port promises them.
import type { Fields, SagaRecord } from '#src/domain/saga-record.ts';
import type { Page, Query } from '#src/ports/filter.ts';
import type { CommitOutcome, DueTimer, InsertOutcome, RecordRef } from '#src/ports/records.ts';
import { copy } from '../world/copy.ts';
import { matching, select, valueAt } from '../world/query.ts';
import type { RecordStore } from './stores.ts';

export function memoryRecords(): RecordStore {
  const records = new Map<string, SagaRecord>();
  const all = (): SagaRecord[] => [...records.values()];
  const keep = (record: SagaRecord): void => {
    records.set(keyOf(record.machine, record.id), copy(record));
  };
  const takenBy = (record: SagaRecord): string | undefined =>
    record.uniques.find((unique) =>
      all().some((other) => !same(other, record) && other.uniques.includes(unique)),
    );

  const insert = (record: SagaRecord): InsertOutcome => {
    if (records.has(keyOf(record.machine, record.id))) return { kind: 'exists' };
    const unique = takenBy(record);
    if (unique !== undefined) return { kind: 'taken', unique };
    keep(record);
    return { kind: 'inserted' };
  };
  const load = (machine: string, id: string): SagaRecord | null => records.get(keyOf(machine, id)) ?? null;
  const commit = (record: SagaRecord): CommitOutcome => {
    const before = load(record.machine, record.id);
    if (before === null || before.version !== record.version - 1) return { kind: 'conflict' };
    const unique = takenBy(record);
    if (unique !== undefined) return { kind: 'taken', unique };
    keep({ ...record, sentThrough: Math.max(before.sentThrough, record.sentThrough) });
    return { kind: 'committed' };
  };
  const mark = (machine: string, id: string, row: number): void => {
    const record = load(machine, id);
    if (record !== null) record.sentThrough = Math.max(record.sentThrough, row);
  };
  const due = (now: number, limit: number): DueTimer[] =>
    all()
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
      .map((record) => ({ record, since: unsentSince(record) }))
      .filter(({ since }) => since <= before)
      .sort((left, right) => left.since - right.since)
      .slice(0, limit)
      .map(({ record: { machine, id } }) => ({ machine, id }));
  const find = (machine: string, query: Query): Page<SagaRecord> => {
    const { rows, next } = select(all().filter(of(machine)).map(flat), query);
    return { rows: rows.map(({ record }) => record), next };
  };
  const count = (machine: string, where: NonNullable<Query['where']>): number =>
    all().filter(of(machine)).map(flat).filter(matching(where)).length;
  const sum = (machine: string, field: string, where: NonNullable<Query['where']>): number =>
    all()
      .filter(of(machine))
      .map(flat)
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
  const remove = (machine: string, id: string): boolean =>
    typeof load(machine, id)?.deletedAt === 'number' && records.delete(keyOf(machine, id));

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
const of =
  (machine: string) =>
  (record: SagaRecord): boolean =>
    record.machine === machine;
const same = (left: SagaRecord, right: SagaRecord): boolean =>
  left.machine === right.machine && left.id === right.id;

/** What can be asked for: the machine's fields, and the record's own. */
function flat(record: SagaRecord): { id: string; body: Fields; record: SagaRecord } {
  const { id, state, createdAt, at, final, deletedAt, machineVersion, nextDeadline, quarantine } = record;
  const own = { id, state, createdAt, at, final, deletedAt, machineVersion, nextDeadline };
  return { id, body: { ...record.fields, ...own, quarantined: quarantine !== null }, record };
}
