// Minutes of use while something is killed with -9 every few seconds: any process of any role, the broker, the database, the
// cache. Then everything rests, and everything is judged.
//   bun tests/engines/chaos.ts [--minutes 20] [--seed 7]

import { parseArgs } from 'node:util';
import { fullHouse } from '#tests/soak/at-rest.ts';
import { judgeEndings, unfinished, untold } from '#tests/soak/endings.ts';
import { lastOf } from '#tests/soak/last-of.ts';
import { type Chance, chanceOf } from '#tests/soak/samples.ts';
import { crowd, type Notes, type Visit, visit } from '#tests/soak/visitor.ts';
import { startChecks } from '#tests/support/checks.ts';
import { adminClient } from '#tests/support/client.ts';
import { processesWith } from '#tests/support/processes.ts';
import { debtsOf, leasesHeld } from './debts.ts';
import { createDeployment } from './deployment.ts';
import { type FleetClient, fleetClient } from './fleet-client.ts';
import { startKafka } from './servers/kafka.ts';
import { startMongoDb } from './servers/mongodb.ts';
import { startRedis } from './servers/redis.ts';
import type { TestServer } from './servers/server.ts';

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '20' }, seed: { type: 'string' } },
});
const minutes = Number(values.minutes);
const seed = Number(values.seed ?? crypto.getRandomValues(new Uint32Array(1))[0]);
const visitors = 3;
const pauseMsLeast = 5_000;
const pauseMsMost = 10_000;
/** Of each kind and in all; a long run that does less proves less. */
const killsPerMinute = 3;
const killsOfEachPerMinute = 0.25;
const acceptedPerMinute = 25;
/** Longest wait of a run whose worker is gone for good, and as much again for a busy machine. */
const restMs = 300_000;
/** By then the lease of a process that was killed has lapsed. */
const leaseMsMax = 150_000;
const { check, passed, failed, print, close } = startChecks();

const seats = {
  'api-1': 'api',
  'api-2': 'api',
  'orchestrator-1': 'saga-orchestrator',
  'orchestrator-2': 'saga-orchestrator',
  'worker-1': 'k8s-worker,pod-monitor',
  'worker-2': 'k8s-worker,pod-monitor',
  results: 'result-processor',
  letters: 'dlq-processor',
  events: 'event-replay',
} as const;
const interfaces = ['api-1', 'api-2'];

print(`seed ${seed}, ${minutes} minutes`);
const mark = `chaos-${crypto.randomUUID()}`;
const [mongodb, kafka, redis] = await Promise.all([startMongoDb(), startKafka(), startRedis()]);
const servers: Readonly<Record<string, TestServer>> = { mongodb, kafka, redis };
const fleet = await createDeployment({
  seats,
  servers: { MONGODB_URI: mongodb.url, KAFKA_BROKERS: kafka.url, REDIS_URL: redis.url },
  environment: { CHAOS: mark },
});
try {
  await play();
} catch (error) {
  check('the chaos came to its end', error instanceof Error ? (error.stack ?? error.message) : String(error));
} finally {
  for (const words of await fleet.close()) check('every process stops in order', words);
  if (failed() > 0)
    for (const name of fleet.names) print(`--- ${name}\n${fleet.printed(name).slice(-3_000)}`);
  const leases = await lastOf(leaseMsMax, () => leasesHeld(redis.url, fleet.redisPrefix));
  check('no lease is left', leases.join('\n') || null);
  await Promise.all(Object.values(servers).map((server) => server.stop()));
  const left = await lastOf(30_000, () => processesWith(mark));
  check('no process is left', left.join('\n') || null);
}
close();

async function play(): Promise<void> {
  await Promise.all(fleet.names.map(fleet.start));
  await adminClient({ url: fleet.url('api-1'), setupToken: fleet.setupToken('api-1') });
  const installation = await fleetClient(fleet, interfaces);
  const notes: Notes = { accepted: new Map(), perhaps: new Map(), repeated: 0, problems: [] };
  await attack(installation, notes);
  await rest(installation, notes);
}

async function attack(installation: FleetClient, notes: Notes): Promise<void> {
  const endsAt = performance.now() + minutes * 60_000;
  const goesOn = (): boolean => performance.now() < endsAt;
  let made = 0;
  const visitOf = (name: string): Visit => {
    made += 1;
    return {
      server: installation,
      notes,
      chance: chanceOf(seed + made),
      name: `${seed}-${name}`,
      mark,
      goesOn,
    };
  };
  const kills = new Map<string, number>(
    [...Object.keys(servers), ...fleet.names.map(kindOf)].map((kind) => [kind, 0]),
  );
  const crowds: Promise<void>[] = [];
  const killing = async (): Promise<void> => {
    const chance = chanceOf(seed);
    const victims = victimsOf(chance);
    while (goesOn()) {
      await Bun.sleep(chance.between(pauseMsLeast, pauseMsMost));
      const victim = victims();
      crowds.push(crowd(visitOf(`kill-${crowds.length}`), 3));
      await Bun.sleep(chance.between(0, 30));
      await killAndRestart(victim);
      kills.set(kindOf(victim), (kills.get(kindOf(victim)) ?? 0) + 1);
    }
  };
  const visits = Array.from({ length: visitors }, (_, number) => visit(visitOf(`${number}`)));
  await Promise.all([killing(), ...visits]);
  await Promise.all(crowds);
  const total = [...kills.values()].reduce((sum, count) => sum + count, 0);
  print(`kills ${total}: ${JSON.stringify(Object.fromEntries(kills))}`);
  print(`accepted ${notes.accepted.size}, asked again ${notes.repeated}, late ${installation.late()}`);
  const enough = (count: number, least: number) =>
    count >= Math.floor(least * minutes) ? null : `only ${count}`;
  check('enough kills', enough(total, killsPerMinute));
  for (const [kind, count] of kills) check(`enough kills of ${kind}`, enough(count, killsOfEachPerMinute));
  check('enough runs', enough(notes.accepted.size, acceptedPerMinute));
  check('every request was answered in its way', notes.problems.join('\n') || null);
  check('no request hung', installation.late() === 0 ? null : `${installation.late()} did`);
}

function kindOf(victim: string): string {
  return victim.replace(/-\d+$/, '');
}

/** One kind after the other in an order that the seed shuffles anew each round, so that none is forgotten. */
function victimsOf(chance: Chance): () => string {
  let bag: string[] = [];
  return () => {
    if (bag.length === 0) {
      const kinds = [...new Set([...Object.keys(servers), ...fleet.names.map(kindOf)])];
      bag = kinds
        .map((kind) => {
          const seated = fleet.names.filter((name) => kindOf(name) === kind);
          return { name: seated.length === 0 ? kind : chance.one(seated), order: chance.next() };
        })
        .toSorted((a, b) => a.order - b.order)
        .map(({ name }) => name);
    }
    return bag.pop() ?? 'redis';
  };
}

async function killAndRestart(victim: string): Promise<void> {
  const server = servers[victim];
  if (server === undefined) {
    await fleet.kill(victim);
    await fleet.start(victim);
    return;
  }
  await server.kill();
  await server.restart();
}

async function rest(installation: FleetClient, notes: Notes): Promise<void> {
  const client = await installation.client();
  const going = await lastOf(restMs, () => unfinished(client));
  check('every run has ended', going.join(', ') || null);
  await lastOf(60_000, () => untold(client, notes));
  const endings = await judgeEndings(client, notes);
  print(`endings ${JSON.stringify(endings.reasons)}`);
  passed(endings.checked);
  for (const words of endings.problems) check('a run ended as it should', words);
  await fullHouse(client);
  check('every slot is free', null);
  check('no process ended by itself', fleet.fallen().join('\n') || null);
  const debts = () => debtsOf({ uri: mongodb.url, database: fleet.database });
  await lastOf(restMs, async () => Object.values(await debts()).filter((words) => words !== null));
  for (const [name, words] of Object.entries(await debts())) check(name, words);
}
