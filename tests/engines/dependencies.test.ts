// Each server in turn is gone for a while under load, by a crash and by standing still. The interface answers honestly all the
// while and within five seconds, readiness tells, nothing that was accepted is lost or doubled, what runs goes on, and everything
// catches up by itself.
//   OUTAGE_SECONDS=60 bun test --timeout=600000 tests/engines/dependencies.test.ts
// By default they are gone for 20 seconds: longer than every deadline, session and lease that an outage can end but that of
// sandboxes whose owner has died; a minute differs in the backlog alone.
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { unfinished } from '#tests/soak/endings.ts';
import { lastOf } from '#tests/soak/last-of.ts';
import type { Sample } from '#tests/soak/samples.ts';
import type { Notes } from '#tests/soak/visitor.ts';
import { adminClient, type Client } from '#tests/support/client.ts';
import { figuresOf } from '#tests/support/process-figures.ts';
import { until } from '#tests/support/until.ts';
import { judgedAtRest } from './at-rest.ts';
import { createDeployment, type Deployment, oneForEachRole } from './deployment.ts';
import { insistently } from './insistent-client.ts';
import { answerMsMax, askAgain, loadUntilStopped, type OutageLoad, submit } from './outage-load.ts';
import { viewOf } from './runs.ts';
import { startKafka } from './servers/kafka.ts';
import { startMongoDb } from './servers/mongodb.ts';
import { startRedis } from './servers/redis.ts';
import type { TestServer } from './servers/server.ts';

const goneMs = Number(process.env.OUTAGE_SECONDS ?? 20) * 1_000;
const timeoutMs = goneMs + 400_000;
/** Against waiting for ever: how long what piled up takes is a matter of the machine, and is printed. */
const drainMsMax = goneMs + 240_000;
const memoryMiBMax = 400;

const names = ['mongodb', 'kafka', 'redis'] as const;
type ServerName = (typeof names)[number];
let servers: Readonly<Record<ServerName, TestServer>>;
let fleet: Deployment;
let client: Client;
const notes: Notes = { accepted: new Map(), perhaps: new Map(), repeated: 0, problems: [] };
beforeAll(async () => {
  const [mongodb, kafka, redis] = await Promise.all([startMongoDb(), startKafka(), startRedis()]);
  servers = { mongodb, kafka, redis };
  fleet = await createDeployment({
    seats: oneForEachRole,
    servers: { MONGODB_URI: mongodb.url, KAFKA_BROKERS: kafka.url, REDIS_URL: redis.url },
    environment: { GREENROOM_EXECUTION_QUEUED_PER_USER: '1000' },
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

/** Runs from before the outage until after it. */
function steadySample(name: string): Sample {
  const count = Math.ceil(goneMs / 500) + 10;
  const script = `import time\nfor i in range(${count}):\n    print('${name}', i, flush=True)\n    time.sleep(0.5)`;
  const output = Array.from({ length: count }, (_, line) => `${name} ${line}\n`).join('');
  return { kind: 'loop', script, stdin: null, typed: [], output };
}

/** Asks from before the outage until after it, and whatever was refused again; answers what was heard. */
async function underLoad(word: string, outage: () => Promise<void>): Promise<OutageLoad> {
  const load = loadUntilStopped(client, word, notes);
  try {
    const steady = `${word} steady`;
    await submit(client, load, steady, steadySample(steady));
    await until(() => load.accepted.length >= 4, 60_000);
    await outage();
  } finally {
    await load.stop();
  }
  return load;
}

async function caughtUp(word: string, load: OutageLoad, backAt: number): Promise<void> {
  const refused = load.refused.size;
  await askAgain(client, load);
  expect(await lastOf(drainMsMax, () => unfinished(insistently(client)))).toEqual([]);
  const drainedMs = performance.now() - Math.max(backAt, load.acceptedAt);
  await until(async () => (await client.get('/health/ready')).status === 200, 60_000);
  const memory = await Promise.all(
    fleet.names.map(async (name) => [name, (await figuresOf(fleet.pid(name))).residentMiB] as const),
  );
  const largest = memory.toSorted(([, a], [, b]) => b - a)[0]?.join(' ');
  const slowest = `${Math.round(load.slowestMs)} ms (${load.slowest}; a probe ${Math.round(load.slowestProbeMs)} ms)`;
  const told = `${load.accepted.length} accepted, ${refused} refused at first, slowest ${slowest}`;
  process.stdout.write(`${word}: ${told}, drained in ${Math.round(drainedMs)} ms, ${largest} MiB\n`);
  expect(load.slowestMs - load.slowestProbeMs).toBeLessThan(answerMsMax);
  expect((await judgedAtRest(fleet, client, notes, 60_000)).problems).toEqual([]);
  for (const id of load.accepted) {
    const { termination, attempts } = await viewOf(insistently(client), id);
    expect([id, termination?.reason, attempts.length]).toEqual([id, 'exited', 1]);
  }
  expect(memory.filter(([, residentMiB]) => residentMiB >= memoryMiBMax)).toEqual([]);
}

test.each(names)(
  '%s is killed and comes back after a while',
  async (name) => {
    const word = `killed ${name}`;
    let backAt = 0;
    const load = await underLoad(word, async () => {
      await servers[name].kill();
      await Bun.sleep(goneMs);
      await servers[name].restart();
      backAt = performance.now();
    });
    expect([...load.away]).toContain(name);
    await caughtUp(word, load, backAt);
  },
  timeoutMs,
);

test.each(names)(
  '%s stands still for a while and goes on',
  async (name) => {
    const word = `stopped ${name}`;
    let backAt = 0;
    const load = await underLoad(word, async () => {
      servers[name].pause();
      await Bun.sleep(goneMs);
      servers[name].resume();
      backAt = performance.now();
    });
    expect([...load.away]).toContain(name);
    await caughtUp(word, load, backAt);
  },
  timeoutMs,
);
