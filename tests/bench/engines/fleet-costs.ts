// What runs cost an installation with a process for each role: processor of each process and server, memory at rest, messages
// and bytes on the broker, bytes in the database.
import { Kafka, logLevel } from 'kafkajs';
import { MongoClient } from 'mongodb';
import type { Deployment } from '#tests/engines/deployment.ts';
import { figuresOf, processorTicks } from '#tests/support/process-figures.ts';
import { until } from '#tests/support/until.ts';
import { manyOf } from '../measured.ts';
import type { BenchServers } from './servers.ts';

const msOfTick = 10;
const atOnce = 4;

export interface CostsOf {
  fleet: Deployment;
  servers: BenchServers;
  /** One run, followed to its end. */
  run(): Promise<unknown>;
  runs: number;
  restMs: number;
}

type Amounts = Readonly<Record<string, number>>;

export async function fleetCosts({ fleet, servers, run, runs, restMs }: CostsOf): Promise<readonly string[]> {
  const start = await held(fleet, servers);
  await manyOf(runs, atOnce, async () => void (await run()));
  // The last messages are on their way yet.
  await Bun.sleep(1_000);
  const end = await held(fleet, servers);
  await Bun.sleep(restMs);
  const later = await processors(fleet, servers);
  const ofSecond = divided(minus(later, end.processorMs), (later.at - end.processorMs.at) / 1_000);
  const atRest = (amounts: typeof later, from: typeof later): Amounts =>
    minus(minus(amounts, from), divided(ofSecond, 1_000 / (amounts.at - from.at)));
  const resident = await Promise.all(
    fleet.names.map(async (name) => [name, (await figuresOf(fleet.pid(name))).residentMiB] as const),
  );
  const each = (amounts: Amounts, digits: number): string => written(divided(amounts, runs), digits);
  return [
    `${runs} runs of one line over HTTP, ${atOnce} at a time, took milliseconds of processor each, beyond what is taken at rest: ` +
      each(atRest(end.processorMs, start.processorMs), 1),
    `milliseconds of processor in a second at rest: ${written(ofSecond, 1)}`,
    `bytes that each left in MongoDB, by collection: ${each(minus(end.documents, start.documents), 0)}`,
    `of each on Kafka: ${each(minus(end.onBroker, start.onBroker), 1)}`,
    `mebibytes at rest afterwards: ${written(Object.fromEntries(resident), 0)}`,
  ];
}

const minus = (to: Amounts, from: Amounts): Amounts =>
  Object.fromEntries(
    Object.entries(to)
      .filter(([name]) => name !== 'at')
      .map(([name, amount]) => [name, amount - (from[name] ?? 0)]),
  );

const divided = (amounts: Amounts, by: number): Amounts =>
  Object.fromEntries(Object.entries(amounts).map(([name, amount]) => [name, amount / by]));

/** The greatest first; what is as good as nothing is left out. */
const written = (amounts: Amounts, digits: number): string =>
  Object.entries(amounts)
    .filter(([, amount]) => amount >= 10 ** -digits)
    .toSorted((a, b) => b[1] - a[1])
    .map(([name, amount]) => `${name} ${amount.toFixed(digits)}`)
    .join(', ');

async function processors(fleet: Deployment, servers: BenchServers): Promise<Amounts & { at: number }> {
  const own = fleet.names.map(
    async (name) => [name, (await processorTicks(fleet.pid(name))) * msOfTick] as const,
  );
  const all = { ...Object.fromEntries(await Promise.all(own)), ...(await servers.processorMs()) };
  return { ...all, at: performance.now() };
}

async function held(fleet: Deployment, servers: BenchServers) {
  const { MONGODB_URI: uri, KAFKA_BROKERS: brokers } = servers.addresses;
  const documents = await documentBytes(uri, fleet.database);
  const onBroker = await messagesOn(brokers, fleet.database);
  return { documents, onBroker, processorMs: await processors(fleet, servers) };
}

async function documentBytes(uri: string, database: string): Promise<Record<string, number>> {
  const client = new MongoClient(uri);
  try {
    const bytes: Record<string, number> = {};
    for (const { name } of await client.db(database).listCollections().toArray()) {
      bytes[name] = 0;
      for await (const document of client.db(database).collection(name).find({}, { raw: true }))
        bytes[name] += document.length as number;
    }
    return bytes;
  } finally {
    await client.close();
  }
}

/** Reads all that is there of this installation, whose topics begin with its name. */
async function messagesOn(brokers: string, name: string): Promise<Amounts> {
  const kafka = new Kafka({
    brokers: brokers.split(','),
    clientId: 'bench-costs',
    logLevel: logLevel.NOTHING,
  });
  const admin = kafka.admin();
  const consumer = kafka.consumer({ groupId: `bench-costs-${crypto.randomUUID()}` });
  await admin.connect();
  await consumer.connect();
  try {
    const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(`${name}.`));
    const ends = await Promise.all(topics.map((topic) => admin.fetchTopicOffsets(topic)));
    const all = ends.flat().reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0);
    const counted = { messages: 0, bytes: 0 };
    await consumer.subscribe({ topics, fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatch: async ({ batch: { messages } }) => {
        counted.messages += messages.length;
        for (const { key, value } of messages) counted.bytes += (key?.length ?? 0) + (value?.length ?? 0);
      },
    });
    await until(() => counted.messages >= all, 60_000);
    return counted;
  } finally {
    await consumer.disconnect();
    await admin.disconnect();
  }
}
