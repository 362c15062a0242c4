// Processes of two releases on the same servers, of which the newer knows one version more of the execution machine: that
// version is written only once every living process knows it, and what an old one cannot read it neither changes nor holds up.
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { createSystem, type System } from '#actors/system.ts';
import type { Machines } from '#machines/registry.ts';
import { randomIds, systemClock } from '#src/adapters/system/clock.ts';
import { deadLetterMachineName } from '#src/domain/dead-letter.ts';
import type { DomainEvent } from '#src/domain/events.ts';
import { processesCollection } from '#src/domain/fleet.ts';
import type { SagaRecord } from '#src/domain/saga-record.ts';
import type { Ports } from '#src/ports/ports.ts';
import { instantPods } from '#tests/actors/instant-pods.ts';
import { acceptance } from '#tests/actors/runs.ts';
import { settings } from '#tests/actors/settings.ts';
import { newBinary, oldBinary } from '#tests/machines/next-version.ts';
import { quietLogger } from '#tests/support/quiet-logger.ts';
import { until, untilGiven } from '#tests/support/until.ts';
import { serversHere } from './deployment.ts';
import { type KafkaWorld, kafkaBrokers, kafkaWorld } from './kafka-world.ts';
import { type MongoDatabase, openOnMongoDb } from './mongodb-database.ts';
import { type RedisWorld, redisWorld } from './redis-world.ts';

const timeoutMs = 240_000;
/** Two beats, until a look is believed no more, and a busy machine. */
const noticedMs = 60_000;

let store: MongoDatabase;
let buses: KafkaWorld;
let redis: RedisWorld;
/** Those that still play. */
const playing = new Set<System>();
let podsLeave: (() => Promise<void>) | null = null;
beforeAll(async () => {
  store = await openOnMongoDb();
  buses = kafkaWorld(kafkaBrokers());
  redis = await redisWorld(serversHere().REDIS_URL);
}, timeoutMs);
afterAll(async () => {
  await Promise.all([...playing].map(stop));
  await podsLeave?.();
  await buses.close();
  await redis.close();
  await store.close();
}, timeoutMs);

async function portsOf(): Promise<Ports> {
  const { liveFeed, leases } = await redis.open();
  const { records, documents, outputLog } = store;
  const [bus, clock, ids, logger] = [await buses.open(), systemClock(), randomIds(), quietLogger()];
  return {
    records,
    documents,
    outputLog,
    bus,
    liveFeed,
    leases,
    clock,
    ids,
    logger,
    pods: null,
    httpServer: null,
  };
}

/** One process of a release. */
async function play(process: string, machines: Machines): Promise<System> {
  const system = createSystem({
    roles: ['saga-orchestrator', 'dlq-processor'],
    ports: await portsOf(),
    settings: { ...settings, process, concurrentMax: 20, concurrentPerUserMax: 20 },
    machines,
    onFailure: ({ words }) => {
      throw new Error(words);
    },
  });
  playing.add(system);
  await system.start();
  return system;
}

async function stop(system: System): Promise<void> {
  playing.delete(system);
  await system.drain();
}

/** From now on what ran and what runs later ends well. */
async function answerForPods(): Promise<void> {
  const leave = new AbortController();
  const serving = Promise.withResolvers<void>();
  const running = instantPods(await portsOf()).run({ signal: leave.signal, ready: serving.resolve });
  podsLeave = async () => {
    podsLeave = null;
    leave.abort();
    await running;
  };
  await serving.promise;
}

async function recordOf(id: string): Promise<SagaRecord> {
  const record = await store.records.load('execution', id);
  if (record === null) throw new Error(`no record ${id}`);
  return record;
}

let started = 0;
/** Accepts a run there; answers its id and the version in which it was written. */
async function startAt(system: System): Promise<{ id: string; version: number }> {
  started += 1;
  const id = `run-${started}`;
  await system.sagas.start(acceptance(id));
  return { id, version: (await recordOf(id)).machineVersion };
}

/** Runs are accepted there until one is written in this version; all of them are played later, in their turn. */
const writes = (system: System, wanted: number): Promise<string> =>
  untilGiven(
    `version ${wanted} is written`,
    async () => {
      const { id, version } = await startAt(system);
      return version === wanted ? id : null;
    },
    { withinMs: noticedMs, eachMs: 500 },
  );

const ends = (id: string): Promise<void> => until(async () => (await recordOf(id)).final, noticedMs);

test(
  'the newer version is written only while every living process knows it',
  async () => {
    await answerForPods();
    const old = await play('old', oldBinary);
    const next = await play('next', newBinary);
    const first = [await startAt(old), await startAt(next)];
    expect(first.map(({ version }) => version)).toEqual([1, 1]);
    // Having looked at the fleet changes nothing of it.
    await until(
      async () => (await store.documents.collection(processesCollection).get('next')) !== null,
      noticedMs,
    );
    const later = await startAt(next);
    expect(later.version).toBe(1);
    await stop(old);
    const upgraded = await writes(next, 2);
    for (const { id } of [...first, later]) await ends(id);
    await ends(upgraded);
    expect((await recordOf(upgraded)).state).toBe('completed');
    const back = await play('old', oldBinary);
    await ends(await writes(next, 1));
    await stop(back);
    await stop(next);
  },
  timeoutMs,
);

test(
  'an old process that is left alone with newer runs changes nothing of them, is not held up, and loses none of their messages',
  async () => {
    await podsLeave?.();
    const next = await play('next', newBinary);
    const newer = await writes(next, 2);
    await until(async () => (await recordOf(newer)).state === 'starting', noticedMs);
    await stop(next);
    const before = JSON.stringify(await recordOf(newer));

    const old = await play('old', oldBinary);
    const older = await startAt(old);
    const heard: DomainEvent[] = [];
    const watching = await (await buses.open()).subscribe({
      group: 'watching',
      topics: ['pod_terminated'],
      handle: async (event) => void heard.push(event),
    });
    await answerForPods();
    await ends(older.id);
    // The old one has had it, and has sent it again for somebody who understands it.
    await until(
      () => new Set(heard.filter(({ key }) => key === newer).map(({ id }) => id)).size > 1,
      noticedMs,
    );
    expect(JSON.stringify(await recordOf(newer))).toBe(before);

    const again = await play('next', newBinary);
    await ends(newer);
    const { state, machineVersion } = await recordOf(newer);
    expect([state, machineVersion]).toEqual(['completed', 2]);
    expect((await store.records.find(deadLetterMachineName, { limit: 5 })).rows).toEqual([]);
    await watching.close();
    await stop(old);
    await stop(again);
  },
  timeoutMs,
);
