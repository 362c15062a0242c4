// Each server in turn is gone for a minute under load, by a crash and by standing still. The interface answers honestly all the
// while, nothing that was accepted is lost or doubled, and everything goes on by itself. Not part of a suite yet:
//   bun test --timeout=400000 ./tests/engines/dependencies.ts
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { adminClient, type Client } from '#tests/support/client.ts';
import { figuresOf } from '#tests/support/process-figures.ts';
import { until } from '#tests/support/until.ts';
import { createDeployment, type Deployment, oneForEachRole } from './deployment.ts';
import { endOf, outputOf } from './runs.ts';
import { startKafka } from './servers/kafka.ts';
import { startMongoDb } from './servers/mongodb.ts';
import { startRedis } from './servers/redis.ts';
import type { TestServer } from './servers/server.ts';

const goneMs = Number(process.env.OUTAGE_SECONDS ?? 60) * 1_000;
const timeoutMs = goneMs + 300_000;
/** Whatever is broken, nobody waits for longer. */
const answerMsMax = 5_000;
const askEachMs = 500;
const memoryMiBMax = 400;

const names = ['mongodb', 'kafka', 'redis'] as const;
type ServerName = (typeof names)[number];
let servers: Readonly<Record<ServerName, TestServer>>;
let fleet: Deployment;
let client: Client;
beforeAll(async () => {
  const [mongodb, kafka, redis] = await Promise.all([startMongoDb(), startKafka(), startRedis()]);
  servers = { mongodb, kafka, redis };
  fleet = await createDeployment({
    seats: oneForEachRole,
    servers: { MONGODB_URI: mongodb.url, KAFKA_BROKERS: kafka.url, REDIS_URL: redis.url },
  });
  await Promise.all(fleet.names.map(fleet.start));
  client = await adminClient({ url: fleet.url('api'), setupToken: fleet.setupToken('api') });
}, timeoutMs);
afterAll(async () => {
  try {
    expect(await fleet.close()).toEqual([]);
  } finally {
    await Promise.all(Object.values(servers).map((server) => server.stop()));
  }
}, timeoutMs);

interface Heard {
  /** Run → the one line that its script writes. */
  accepted: Map<string, string>;
  refused: number;
  slowestMs: number;
  /** What no honest interface says. */
  problems: string[];
  /** What readiness said of the server. */
  toldAway: boolean;
}

async function ask(heard: Heard, number: number, word: string): Promise<void> {
  const began = performance.now();
  const line = `${word} ${number}`;
  const answer = await client.post(
    '/execute',
    { script: `print('${line}')`, lang: 'python' },
    // A request that was refused may have been taken all the same: asked again under its key it is one run.
    { 'idempotency-key': line },
  );
  const text = await answer.text();
  heard.slowestMs = Math.max(heard.slowestMs, performance.now() - began);
  if (answer.status === 200) {
    heard.accepted.set((JSON.parse(text) as { execution_id: string }).execution_id, line);
    return;
  }
  heard.refused += 1;
  if (answer.status !== 503 || answer.headers.get('retry-after') === null)
    heard.problems.push(`${line}: ${answer.status} ${text.slice(0, 200)}`);
}

async function look(heard: Heard, name: ServerName): Promise<void> {
  const began = performance.now();
  const answer = await client.get('/health/ready');
  const { dependencies } = (await answer.json()) as { dependencies: { name: string; ready: boolean }[] };
  heard.slowestMs = Math.max(heard.slowestMs, performance.now() - began);
  const part = dependencies.find((dependency) => dependency.name === name);
  if (part?.ready === false && answer.status === 503) heard.toldAway = true;
}

/** Asks steadily from before the outage until after it. */
async function underLoad(name: ServerName, word: string, outage: () => Promise<void>): Promise<Heard> {
  const heard: Heard = { accepted: new Map(), refused: 0, slowestMs: 0, problems: [], toldAway: false };
  let over = false;
  const asking: Promise<void>[] = [];
  const load = async (): Promise<void> => {
    for (let number = 0; !over; number += 1) {
      asking.push(ask(heard, number, word), look(heard, name));
      await Bun.sleep(askEachMs);
    }
  };
  const loading = load();
  await until(() => heard.accepted.size >= 4, 60_000);
  try {
    await outage();
  } finally {
    over = true;
    await loading;
    await Promise.all(asking);
  }
  return heard;
}

async function settled(heard: Heard): Promise<void> {
  for (const [id, line] of heard.accepted) {
    const { termination, attempts } = await endOf(client, id);
    expect([line, termination?.reason]).toEqual([line, 'exited']);
    // A script that nobody could hear for a minute is begun anew, once.
    expect(attempts.length).toBeLessThanOrEqual(2);
    expect(await outputOf(client, id)).toBe(`${line}\n`);
  }
  await until(async () => (await client.get('/health/ready')).status === 200, 60_000);
  expect(fleet.fallen()).toEqual([]);
  for (const name of fleet.names) {
    const { residentMiB } = await figuresOf(fleet.pid(name));
    expect([name, residentMiB, residentMiB < memoryMiBMax]).toEqual([name, residentMiB, true]);
  }
}

test.each(names)(
  '%s is killed and comes back after a minute',
  async (name) => {
    const heard = await underLoad(name, `killed ${name}`, async () => {
      await servers[name].kill();
      await Bun.sleep(goneMs);
      await servers[name].restart();
    });
    expect(heard.problems).toEqual([]);
    expect(heard.slowestMs).toBeLessThan(answerMsMax);
    expect(heard.toldAway).toBe(true);
    await settled(heard);
  },
  timeoutMs,
);

test.each(names)(
  '%s stands still for a while and goes on',
  async (name) => {
    const heard = await underLoad(name, `stopped ${name}`, async () => {
      servers[name].pause();
      await Bun.sleep(goneMs / 4);
      servers[name].resume();
    });
    expect(heard.problems).toEqual([]);
    expect(heard.slowestMs).toBeLessThan(answerMsMax);
    await settled(heard);
  },
  timeoutMs,
);
