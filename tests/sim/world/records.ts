// Saga records as the processes reach them; whatever is committed is told in the same moment.

import type { DomainEvent } from '#src/domain/events.ts';
import type { Json } from '#src/domain/json.ts';
import { allSent, type SagaRecord } from '#src/domain/saga-record.ts';
import type { CommitOutcome, InsertOutcome, Records } from '#src/ports/records.ts';
import type { SimProcess } from '../process.ts';
import { memoryRecords } from '../stores/memory-records.ts';
import type { RecordStore } from '../stores/stores.ts';

export interface RecordWorld {
  all(): readonly SagaRecord[];
  /** Makes the context of this record one that no machine understands. Answers how to mend it. */
  corrupt(record: SagaRecord): () => void;
  /** With `publish`, its commits publish what they say in the same moment, as where the bus lies in the same store. */
  portOf(process: SimProcess, publish?: Publish | 'in store' | null): Records;
}

export type Publish = (events: readonly DomainEvent[]) => void;

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
  const insert = (record: SagaRecord, events?: readonly DomainEvent[]): InsertOutcome => {
    const outcome = store.insert(record, events);
    if (outcome.kind === 'inserted') tell(null, record);
    return outcome;
  };
  const commit = (record: SagaRecord, events?: readonly DomainEvent[]): CommitOutcome => {
    const before = store.load(record.machine, record.id);
    const outcome = store.commit(record, events);
    if (outcome.kind === 'conflict') conflict();
    if (outcome.kind === 'committed') tell(before, record);
    return outcome;
  };
  const portOf: RecordWorld['portOf'] = ({ call }, publish = null) => ({
    insert: (record, events) =>
      publish === null || events === undefined
        ? call('store', 'insert', insert, record)
        : call(
            'store',
            'insert',
            publish === 'in store' ? insert : publishing(insert, publish),
            record,
            events,
          ),
    load: (machine, id) => call('store', 'load', store.load, machine, id),
    commit: (record, events) =>
      publish === null || events === undefined
        ? call('store', 'commit', commit, record)
        : call(
            'store',
            'commit',
            publish === 'in store' ? commit : publishing(commit, publish),
            record,
            events,
          ),
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
  const setLimits = (record: SagaRecord, limits: Json): void => {
    const { snapshot } = record;
    store.overwrite({ ...record, snapshot: { ...snapshot, context: { ...snapshot.context, limits } } });
  };
  const corrupt = (record: SagaRecord): (() => void) => {
    const { limits = null } = record.snapshot.context;
    setLimits(record, 'none');
    return () => {
      const now = store.load(record.machine, record.id);
      if (now !== null) setLimits(now, limits);
    };
  };
  return { all: store.all, corrupt, portOf };
}

const publishing =
  <Outcome extends InsertOutcome | CommitOutcome>(work: (record: SagaRecord) => Outcome, publish: Publish) =>
  (record: SagaRecord, events: readonly DomainEvent[]): Outcome => {
    const outcome = work(allSent(record));
    if (outcome.kind !== 'inserted' && outcome.kind !== 'committed') return outcome;
    publish(events);
    return { ...outcome, published: true };
  };
