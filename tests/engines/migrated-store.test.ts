// What was carried from the embedded engines to MongoDB answers there as if it had been written there, and what was not yet told
// is told.
import { afterEach, beforeEach, expect, test } from 'bun:test';
import { MongoClient } from 'mongodb';
import { openContents } from '#src/adapters/embedded/contents.ts';
import { databasePath, type EmbeddedEngines } from '#src/adapters/embedded/engines.ts';
import { type MongoEngines, openMigrationTarget, openMongo } from '#src/adapters/mongo/engines.ts';
import { systemClock } from '#src/adapters/system/clock.ts';
import type { JsonObject } from '#src/domain/json.ts';
import { carry } from '#src/migrate.ts';
import type { StoreContents, StorePart, StoreRow } from '#src/ports/store-contents.ts';
import { openIn } from '#tests/adapters/embedded/opened.ts';
import { sampleEvent } from '#tests/contract/sample-event.ts';
import { nextVersion, sampleRecord, sampleRow, sampleTimer } from '#tests/contract/sample-record.ts';
import { dataFolder } from '#tests/support/data-folder.ts';
import { quietLogger } from '#tests/support/quiet-logger.ts';
import { serversHere } from './deployment.ts';
import { startMongoDb } from './servers/mongodb.ts';

const uri = serversHere().MONGODB_URI;
let database: string;
let folder: Awaited<ReturnType<typeof dataFolder>>;
let embedded: EmbeddedEngines;
let migrated: MongoEngines | null;
beforeEach(async () => {
  database = `migrated-${crypto.randomUUID()}`;
  folder = await dataFolder();
  embedded = await openIn(folder.path);
  migrated = null;
});
afterEach(async () => {
  await migrated?.close();
  await embedded.close();
  await folder.remove();
  const client = new MongoClient(uri);
  await client.db(database).dropDatabase();
  await client.close();
});

const place = () => ({ uri, database, logger: quietLogger() });

/** Carries what the embedded engines hold, and opens the database as a server does. */
async function moved(): Promise<MongoEngines> {
  await embedded.close();
  const target = await openMigrationTarget(place());
  const source = await openContents(databasePath(folder.path));
  try {
    expect(await carry(source, target, () => undefined)).toBe(0);
  } finally {
    source.close();
    await target.close();
  }
  migrated = await openMongo({ ...place(), clock: systemClock(), outboxWaits: () => undefined });
  return migrated;
}

test('a record is found, held and due as before, and its next commit and mark count', async () => {
  const outbox = [sampleRow(1, 5), sampleRow(2, 6)];
  const parts = {
    uniques: ['slot:1'],
    fields: { userId: 'ä' },
    timers: [sampleTimer('deadline', 70)],
    outbox,
  };
  await embedded.records.insert(sampleRecord('a', parts));
  await embedded.records.mark('execution', 'a', 1);
  await embedded.records.insert(sampleRecord('b', { final: true, deletedAt: 9 }));
  const { records } = await moved();
  const a = sampleRecord('a', { ...parts, sentThrough: 1 });
  expect(await records.load('execution', 'a')).toEqual(a);
  expect((await records.find('execution', { where: { userId: 'ä' } })).rows).toEqual([a]);
  expect(await records.holder('slot:1')).toEqual({ machine: 'execution', id: 'a' });
  expect(await records.due(70, 5)).toEqual([
    { machine: 'execution', id: 'a', name: 'deadline', at: 70, arming: 1 },
  ]);
  expect(await records.unsent(5, 5)).toEqual([]);
  expect(await records.unsent(6, 5)).toEqual([{ machine: 'execution', id: 'a' }]);
  await records.mark('execution', 'a', 2);
  expect(await records.unsent(9, 5)).toEqual([]);
  expect(await records.insert(sampleRecord('c', { uniques: ['slot:1'] }))).toMatchObject({ kind: 'taken' });
  expect(await records.commit(nextVersion(a, { sentThrough: 2 }))).toEqual({ kind: 'committed' });
  expect(await records.remove('execution', 'b')).toBe(true);
});

test('a document of any keys and letters is what it was, at its version, and unique as before', async () => {
  const spec = { name: 'members', indexes: [{ fields: ['name'], unique: true }] };
  const odd: JsonObject = {
    '': { $x: 'a.b' },
    'a.b': ['\ud800', -0.5, 1e300],
    '7': null,
    '%': '%',
    name: 'ä',
  };
  const before = embedded.documents.collection<JsonObject>(spec);
  await before.insert('odd/%$.', odd);
  await before.change('odd/%$.', { set: { more: true } });
  const members = (await moved()).documents.collection<JsonObject>(spec);
  const body = { ...odd, more: true };
  expect(await members.get('odd/%$.')).toEqual({ id: 'odd/%$.', version: 2, body });
  expect((await members.find({ where: { name: 'ä' } })).rows.map(({ id }) => id)).toEqual(['odd/%$.']);
  expect(await members.insert('other', { name: 'ä' })).toMatchObject({ kind: 'taken' });
});

test('output and input go on where they were', async () => {
  const data = new Uint8Array([0, 255, 10]);
  const frame = (number: number) => ({ number, channel: 'stdout' as const, at: 3, data });
  await embedded.outputLog.append('run', 1, [{ kind: 'frame', frame: frame(0) }]);
  await embedded.outputLog.append('run', 2, [{ kind: 'seal', number: 0, seal: { last: -1 } }]);
  await embedded.outputLog.appendInput('run', 1, { key: 'k1', data, end: false });
  const { outputLog } = await moved();
  expect(await outputLog.append('run', 1, [{ kind: 'frame', frame: frame(1) }])).toBeNull();
  expect(await outputLog.read('run', 1, 0)).toEqual({ frames: [frame(0), frame(1)], seal: null });
  expect(await outputLog.read('run', 2, 0)).toEqual({ frames: [], seal: { last: -1 } });
  const repeated = { key: 'k1', data, end: false };
  expect(await outputLog.appendInput('run', 1, repeated)).toEqual({ kind: 'appended', number: 1 });
  expect(await outputLog.appendInput('run', 1, { key: 'k2', data, end: true })).toMatchObject({ number: 2 });
});

test('events that wait, beside documents or on the bus, are told once, and later ones after them', async () => {
  const members = { name: 'members', indexes: [] };
  const at = (id: string, when: number) => sampleEvent(id, 'run-1', 'pod_overdue', when);
  await embedded.documents.collection(members).insert('m', {}, { outbox: [at('one', 1), at('two', 2)] });
  const topics = ['pod_overdue' as const];
  await (await embedded.bus.subscribe({ group: 'slow', topics, handle: async () => undefined })).close();
  await embedded.bus.publish([at('three', 3)]);
  const { documents } = await moved();
  await documents.collection(members).change('m', { set: { a: 1 } }, { outbox: [at('four', 4)] });
  const unsent = await documents.unsent(9, 5);
  const said = unsent.map(({ rows }) => rows.map(({ event }) => event.id));
  expect(said).toEqual([['one', 'two', 'four'], ['three']]);
  for (const { collection, id, rows } of unsent) await documents.mark(collection, id, rows.at(-1)?.n ?? 0);
  expect(await documents.unsent(9, 5)).toEqual([]);
});

/** The same rows; after so many of them the call is made. */
function interrupted(source: StoreContents, after: number, call: () => Promise<void>): StoreContents {
  let given = 0;
  async function* rows(part: StorePart): AsyncGenerator<StoreRow, void> {
    for await (const row of source.rows(part)) {
      given += 1;
      if (given === after) await call();
      yield row;
    }
  }
  return { parts: source.parts, rows };
}

test('a server that is killed meanwhile, and comes back, costs only time', async () => {
  const server = await startMongoDb();
  const frames = Array.from({ length: 1_000 }, (_, number) => {
    const frame = { number, channel: 'stdout' as const, at: 3, data: new Uint8Array([number % 256]) };
    return { kind: 'frame', frame } as const;
  });
  await embedded.outputLog.append('run', 1, frames);
  await embedded.close();
  const target = await openMigrationTarget({ ...place(), uri: server.url });
  const source = await openContents(databasePath(folder.path));
  let restarting: Promise<void> = Promise.resolve();
  const outage = async (): Promise<void> => {
    await server.kill();
    restarting = server.restart();
  };
  const told: string[] = [];
  try {
    // The digest reads the thousand once; the outage is in the middle of the copy.
    const disturbed = interrupted(source, 1_500, outage);
    expect(await carry(disturbed, target, (lines) => told.push(...lines))).toBe(0);
    expect(told).toContainEqual(expect.stringMatching(/^same {6}chunks: 1000, /));
  } finally {
    source.close();
    await target.close();
    await restarting;
    await server.stop();
  }
}, 120_000);
