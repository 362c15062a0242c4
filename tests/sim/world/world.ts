// Everything outside our processes, in one bundle, and the ports of one process onto it. None of it dies with us.
import { rememberingDocuments, rememberingRecords } from '#src/adapters/embedded/remembering.ts';
import type { Logger } from '#src/ports/logger.ts';
import type { Ports } from '#src/ports/ports.ts';
import { EPOCH_MS, type ProcessWorld, type SimProcess } from '../process.ts';
import { counted } from '../stores/counted.ts';
import type { Stores } from '../stores/stores.ts';
import type { Trace } from '../trace.ts';
import { type BusWorld, createBus } from './bus.ts';
import type { ClusterHooks } from './cluster.ts';
import { createDocumentStore, type DocumentWorld } from './documents.ts';
import { createFleet, type Fleet, type FleetOptions } from './fleet.ts';
import { createLeaseStore, type LeaseWorld } from './leases.ts';
import { createFeed } from './live-feed.ts';
import { type Appended, createOutputStore, type OutputWorld } from './output-log.ts';
import { createPods } from './pods.ts';
import { type Committed, createRecordStore, type RecordWorld } from './records.ts';

export interface World extends ProcessWorld {
  records: RecordWorld;
  documents: DocumentWorld;
  output: OutputWorld;
  bus: BusWorld;
  leases: LeaseWorld;
  fleet: Fleet;
  cutWatches(): void;
  /** What was done to a run beyond remedy, and gives it a right to its end: `what id`. */
  harmed: Set<string>;
  /** The wall clock of the world itself; each process's differs a little. */
  wallNow(): number;
  portsOf(process: SimProcess): Ports;
}

export interface WorldHooks extends ClusterHooks {
  committed: Committed;
  appended: Appended;
  outputRemoved(execution: string): void;
}

export interface StoreOptions {
  stores: Stores;
  /** One process at a time. */
  alone: boolean;
  /** The bus where it lies in the same store. */
  busOn?: ((world: ProcessWorld) => BusWorld) | undefined;
}

export function createWorld(
  base: ProcessWorld,
  hooks: WorldHooks,
  options: FleetOptions & StoreOptions,
): World {
  const { stores, count } = counted(options.stores);
  const harmed = new Set<string>();
  const conflict = (): void => base.trace.count('version conflict');
  const records = createRecordStore(hooks.committed, conflict, stores.records);
  const documents = createDocumentStore(stores.documents);
  const unreadable = unreadableIn(base, harmed);
  const output = createOutputStore(hooks.appended, stores.output, unreadable, hooks.outputRemoved);
  const bus = options.busOn?.(base) ?? createBus(base);
  const publish = options.busOn === undefined ? bus.publish : 'in store';
  const leases = createLeaseStore(stores.leases);
  const feed = createFeed(base);
  const fleet = createFleet(base, hooks, options);
  const pods = createPods(fleet, base);
  const wallNow = (): number => EPOCH_MS + base.time.now();
  const storesOf = (process: SimProcess): Pick<Ports, 'records' | 'documents'> => {
    const document = documents.portOf(process);
    const record = records.portOf(process, options.alone ? publish : null);
    if (!options.alone) return { records: record, documents: document };
    base.trace.count('process alone with its store');
    return { records: rememberingRecords(record, count), documents: rememberingDocuments(document, count) };
  };
  const portsOf = (process: SimProcess): Ports => ({
    ...storesOf(process),
    clock: process.clock,
    ids: process.ids,
    logger: loggerOf(process.name, base.trace, ''),
    outputLog: output.portOf(process),
    bus: bus.portOf(process),
    leases: leases.portOf(process),
    liveFeed: feed.portOf(process),
    pods: pods.portOf(process),
    httpServer: { start: async () => ({ url: `http://${process.name}` }), stop: async () => undefined },
  });
  return {
    ...base,
    harmed,
    records,
    documents,
    output,
    bus,
    leases,
    fleet,
    cutWatches: pods.cutWatches,
    wallNow,
    portsOf,
  };
}

/** Log lines are told in the story of one seed; they decide nothing and so are no part of its hash. */
function loggerOf(who: string, trace: Trace, prefix: string): Logger {
  const line =
    (level: string) =>
    (fields: object, message: string): void => {
      if (trace.wordy)
        trace.remark(who, `${level} ${message} ${prefix}${JSON.stringify(fields, plainErrors)}`);
    };
  return {
    debug: line('.'),
    info: line('·'),
    warn: line('!'),
    error: line('!!'),
    child: (fields) => loggerOf(who, trace, `${prefix}${JSON.stringify(fields)} `),
  };
}

const plainErrors = (_: string, value: unknown): unknown =>
  value instanceof Error ? `${value.name}: ${value.message}` : value;

function unreadableIn(
  { faults, trace, random: source }: ProcessWorld,
  harmed: Set<string>,
): (execution: string) => boolean {
  const random = source.split('reads');
  return (execution) => {
    if (!faults.on() || !random.chance(faults.mix.unreadable)) return false;
    trace.count('fault: output unreadable');
    harmed.add(`output ${execution}`);
    return true;
  };
}
