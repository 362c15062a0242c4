// The store of saga records: version checks, unique values and marks, as the port promises them.
import type { Fields, SagaRecord } from '#src/domain/saga-record.ts';
import type { Page, Query } from '#src/ports/filter.ts';
import type { CommitOutcome, DueTimer, InsertOutcome, RecordRef, Records } from '#src/ports/records.ts';
import type { SimProcess } from '../process.ts';
import { copy } from './copy.ts';
import { matches, select } from './query.ts';

export interface RecordStore {
  all(): readonly SagaRecord[];
  /** Makes the context of this record one that no machine understands. */
  corrupt(record: SagaRecord): void;
  portOf(process: SimProcess): Records;
}

/** Told of every change, in the moment it is durable. */
export type Committed = (before: SagaRecord | null, after: SagaRecord) => void;

export function createRecordStore(committed: Committed, conflict: () => void = () => undefined): RecordStore {
  const records = new Map<string, SagaRecord>();
  const all = (): SagaRecord[] => [...records.values()];
  const replace = (before: SagaRecord | null, after: SagaRecord): void => {
    const kept = copy(after);
    records.set(keyOf(after.machine, after.id), kept);
    committed(before, kept);
  };
  const takenBy = (record: SagaRecord): string | undefined =>
    record.uniques.find((unique) =>
      all().some((other) => !same(other, record) && other.uniques.includes(unique)),
    );

  const insert = (record: SagaRecord): InsertOutcome => {
    if (records.has(keyOf(record.machine, record.id))) return { kind: 'exists' };
    const unique = takenBy(record);
    if (unique !== undefined) return { kind: 'taken', unique };
    replace(null, record);
    return { kind: 'inserted' };
  };
  const load = (machine: string, id: string): SagaRecord | null => records.get(keyOf(machine, id)) ?? null;
  const commit = (record: SagaRecord): CommitOutcome => {
    const before = load(record.machine, record.id);
    if (before === null || before.version !== record.version - 1) {
      conflict();
      return { kind: 'conflict' };
    }
    const unique = takenBy(record);
    if (unique !== undefined) return { kind: 'taken', unique };
    replace(before, { ...record, sentThrough: Math.max(before.sentThrough, record.sentThrough) });
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
      .filter((record) => {
        const oldest = record.outbox.find((row) => row.n > record.sentThrough);
        return oldest !== undefined && oldest.at <= before;
      })
      .slice(0, limit)
      .map(({ machine, id }) => ({ machine, id }));
  const find = (machine: string, query: Query): Page<SagaRecord> => {
    const { rows, next } = select(all().filter(of(machine)).map(flat), query);
    return { rows: rows.map(({ record }) => record), next };
  };
  const count = (machine: string, where: NonNullable<Query['where']>): number =>
    all().filter((record) => of(machine)(record) && matches(flat(record), where)).length;
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

  const portOf = ({ call }: SimProcess): Records => ({
    insert: (record) => call('store', 'insert', insert, record),
    load: (machine, id) => call('store', 'load', load, machine, id),
    commit: (record) => call('store', 'commit', commit, record),
    mark: (machine, id, row) => call('store', 'mark', mark, machine, id, row),
    due: (now, limit) => call('store', 'due', due, now, limit),
    nextDeadline: () => call('store', 'nextDeadline', nextDeadline),
    unsent: (before, limit) => call('store', 'unsent', unsent, before, limit),
    find: (machine, query) => call('store', 'find', find, machine, query),
    count: (machine, where) => call('store', 'count', count, machine, where),
    holder: (unique) => call('store', 'holder', holder, unique),
    held: (prefix) => call('store', 'held', held, prefix),
    remove: (machine, id) => call('store', 'remove', remove, machine, id),
  });
  const corrupt = (record: SagaRecord): void => {
    const { snapshot } = record;
    const broken = { ...record, snapshot: { ...snapshot, context: { ...snapshot.context, limits: 'none' } } };
    records.set(keyOf(record.machine, record.id), broken);
  };
  return { all, corrupt, portOf };
}

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
