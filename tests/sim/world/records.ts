// Saga records as the processes reach them; whatever is committed is told in the same moment.
import type { SagaRecord } from '#src/domain/saga-record.ts';
import type { CommitOutcome, InsertOutcome, Records } from '#src/ports/records.ts';
import type { SimProcess } from '../process.ts';
import { memoryRecords } from '../stores/memory-records.ts';
import type { RecordStore } from '../stores/stores.ts';

export interface RecordWorld {
  all(): readonly SagaRecord[];
  /** Makes the context of this record one that no machine understands. */
  corrupt(record: SagaRecord): void;
  portOf(process: SimProcess): Records;
}

/** Told of every change, in the moment it is durable. */
export type Committed = (before: SagaRecord | null, after: SagaRecord) => void;

export function createRecordStore(
  committed: Committed,
  conflict: () => void = () => undefined,
  store: RecordStore = memoryRecords(),
): RecordWorld {
  const tell = (before: SagaRecord | null, { machine, id }: SagaRecord): void => {
    const after = store.load(machine, id);
    if (after !== null) committed(before, after);
  };
  const insert = (record: SagaRecord): InsertOutcome => {
    const outcome = store.insert(record);
    if (outcome.kind === 'inserted') tell(null, record);
    return outcome;
  };
  const commit = (record: SagaRecord): CommitOutcome => {
    const before = store.load(record.machine, record.id);
    const outcome = store.commit(record);
    if (outcome.kind === 'conflict') conflict();
    if (outcome.kind === 'committed') tell(before, record);
    return outcome;
  };
  const portOf = ({ call }: SimProcess): Records => ({
    insert: (record) => call('store', 'insert', insert, record),
    load: (machine, id) => call('store', 'load', store.load, machine, id),
    commit: (record) => call('store', 'commit', commit, record),
    mark: (machine, id, row) => call('store', 'mark', store.mark, machine, id, row),
    due: (now, limit) => call('store', 'due', store.due, now, limit),
    nextDeadline: () => call('store', 'nextDeadline', store.nextDeadline),
    unsent: (before, limit) => call('store', 'unsent', store.unsent, before, limit),
    find: (machine, query) => call('store', 'find', store.find, machine, query),
    count: (machine, where) => call('store', 'count', store.count, machine, where),
    sum: (machine, field, where) => call('store', 'sum', store.sum, machine, field, where),
    holder: (unique) => call('store', 'holder', store.holder, unique),
    held: (prefix) => call('store', 'held', store.held, prefix),
    remove: (machine, id) => call('store', 'remove', store.remove, machine, id),
  });
  const corrupt = (record: SagaRecord): void => {
    const { snapshot } = record;
    store.overwrite({
      ...record,
      snapshot: { ...snapshot, context: { ...snapshot.context, limits: 'none' } },
    });
  };
  return { all: store.all, corrupt, portOf };
}
