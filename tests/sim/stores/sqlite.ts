// The embedded engines as stores of the simulation: the production code on a database in memory, its writer committing at
// once. Its cache of records is forgotten now and then, as by a restart, so that what is read back counts as well.
import type { Outlet } from '#src/adapters/embedded/bus.ts';
import { type Connection, openConnection } from '#src/adapters/embedded/database.ts';
import { embeddedDocuments } from '#src/adapters/embedded/documents.ts';
import { embeddedLeases } from '#src/adapters/embedded/leases.ts';
import { migrate } from '#src/adapters/embedded/migrations.ts';
import { embeddedOutputLog } from '#src/adapters/embedded/output-log.ts';
import { embeddedRecords } from '#src/adapters/embedded/records.ts';
import { openWriter, type Writer } from '#src/adapters/embedded/writer.ts';
import type { JsonObject } from '#src/domain/json.ts';
import type { Collection, CollectionSpec, Stored } from '#src/ports/documents.ts';
import type { Leases } from '#src/ports/leases.ts';
import type { Chunk, FrameChannel } from '#src/ports/output-log.ts';
import type { Records } from '#src/ports/records.ts';
import { settled } from './settled.ts';
import type {
  CollectionStore,
  DocumentStore,
  LeaseStore,
  OutputStore,
  RecordStore,
  Stores,
} from './stores.ts';

/** A database in memory, with its one writer. */
export interface Sqlite {
  connection: Connection;
  writer: Writer;
}

/** Through it, commits publish; it is there once the bus is opened on the same database. */
export interface BusInStore {
  outlet: Outlet | null;
}

export function openSqlite(): Sqlite {
  const connection = openConnection(':memory:');
  migrate(connection, 0);
  const writer = openWriter(
    connection,
    async () => undefined,
    (call) => {
      queueMicrotask(call);
      return () => undefined;
    },
  );
  return { connection, writer };
}

export const sqliteStores = (
  now: () => number,
  { connection, writer }: Sqlite = openSqlite(),
  bus: BusInStore = { outlet: null },
): Stores => ({
  records: records(connection, writer, bus),
  documents: documents(connection, writer),
  output: output(connection, writer),
  leases: leases(writer, now),
  close: connection.close,
});

const COMMITS_BETWEEN_RESTARTS = 7;

function records(connection: Connection, writer: Writer, bus: BusInStore): RecordStore {
  const open = (): Records => embeddedRecords(connection, writer, bus.outlet);
  let port = open();
  let commits = 0;
  const load: RecordStore['load'] = (machine, id) => settled(port.load(machine, id));
  return {
    insert: (record, events) => settled(port.insert(record, events)),
    load,
    commit(record, events) {
      if (++commits % COMMITS_BETWEEN_RESTARTS === 0) port = open();
      return settled(port.commit(record, events));
    },
    mark: (machine, id, row) => settled(port.mark(machine, id, row)),
    due: (at, limit) => settled(port.due(at, limit)),
    nextDeadline: () => settled(port.nextDeadline()),
    unsent: (before, limit) => settled(port.unsent(before, limit)),
    find: (machine, query) => settled(port.find(machine, query)),
    count: (machine, where) => settled(port.count(machine, where)),
    sum: (machine, field, where) => settled(port.sum(machine, field, where)),
    holder: (unique) => settled(port.holder(unique)),
    held: (prefix) => settled(port.held(prefix)),
    remove: (machine, id) => settled(port.remove(machine, id)),
    all: () =>
      connection
        .all<{ machine: string; id: string }>('SELECT machine, id FROM records ORDER BY row')
        .flatMap(({ machine, id }) => load(machine, id) ?? []),
    overwrite(record) {
      connection.run(
        'UPDATE record_bodies SET body = ?3 WHERE row = (SELECT row FROM records WHERE machine = ?1 AND id = ?2)',
        [record.machine, record.id, JSON.stringify(record)],
      );
      port = open();
    },
  };
}

function documents(connection: Connection, writer: Writer): DocumentStore {
  // Hints are the simulated feed's: it may lose them.
  const port = embeddedDocuments(connection, writer, () => undefined);
  const names = new Set<string>();
  return {
    collection(spec: CollectionSpec) {
      names.add(spec.name);
      return collection(port.collection<JsonObject>(spec));
    },
    unsent: (before, limit) => settled(port.unsent(before, limit)),
    mark: (name, id, row) => settled(port.mark(name, id, row)),
    names: () => [...names],
    all: (name) =>
      names.has(name)
        ? connection
            .all<{ id: string; version: number; body: string }>(
              `SELECT id, version, body FROM "documents.${name}" ORDER BY rowid`,
            )
            .map(({ id, version, body }): Stored<JsonObject> => ({ id, version, body: JSON.parse(body) }))
        : [],
  };
}

const collection = (port: Collection<JsonObject>): CollectionStore => ({
  insert: (id, body, outbox) => settled(port.insert(id, body, { outbox })),
  get: (id) => settled(port.get(id)),
  find: (query) => settled(port.find(query)),
  count: (where) => settled(port.count(where)),
  change: (id, change, options) => settled(port.change(id, change, options)),
  remove: (id, options) => settled(port.remove(id, options)),
  removeWhere: (where, limit) => settled(port.removeWhere(where, limit)),
});

interface ChunkRow {
  channel: FrameChannel;
  at: number;
  data: Uint8Array;
  seal_last: number | null;
}

function output(connection: Connection, writer: Writer): OutputStore {
  const port = embeddedOutputLog(connection, writer);
  return {
    append: (execution, attempt, chunks) => settled(port.append(execution, attempt, chunks)),
    read: (execution, attempt, from, limit) => settled(port.read(execution, attempt, from, limit)),
    appendInput: (execution, attempt, input) => settled(port.appendInput(execution, attempt, input)),
    readInput: (execution, attempt, after) => settled(port.readInput(execution, attempt, after)),
    remove: (execution) => settled(port.remove(execution)),
    at(execution, attempt, number): Chunk | null {
      const row = connection.get<ChunkRow>(
        'SELECT channel, at, data, seal_last FROM chunks WHERE execution = ?1 AND attempt = ?2 AND number = ?3',
        [execution, attempt, number],
      );
      if (row === null) return null;
      const { channel, at, data, seal_last: last } = row;
      return last === null
        ? { kind: 'frame', frame: { number, channel, at, data } }
        : { kind: 'seal', number, seal: { last } };
    },
  };
}

function leases(writer: Writer, now: () => number): LeaseStore {
  const open = (): Leases => embeddedLeases(writer, { now, monotonic: now, after: () => () => undefined });
  let port = open();
  return {
    acquire: (name, holder, ttlMs) => settled(port.acquire(name, holder, ttlMs)),
    release: (name, holder) => settled(port.release(name, holder)),
    current: (name) => settled(port.current(name)),
    // Holders live in memory: a restart forgets them.
    forget() {
      port = open();
    },
  };
}
