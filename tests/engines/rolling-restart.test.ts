// Processes are exchanged one after the other under load, drained and killed: what they had in hand goes on elsewhere, is repeated
// or ends by the rules, and nothing is lost or doubled.
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { adminClient, type Client } from '#tests/support/client.ts';
import { until, untilGiven } from '#tests/support/until.ts';
import { judgedAtRest } from './at-rest.ts';
import { createDeployment, type Deployment, serversHere, twoForEachRole } from './deployment.ts';
import { type FleetClient, fleetClient } from './fleet-client.ts';
import { type Insight, insightOf } from './insight.ts';
import { insistently } from './insistent-client.ts';
import { endOf, outputOf, type RunView, submit, viewOf } from './runs.ts';
import { steadyVisits } from './steady-visits.ts';

const timeoutMs = 600_000;
const restMs = 240_000;
/** A lease that lapses, and until a supervisor without its owner has surely ended; as much again for a busy machine. */
const provedGoneMs = 300_000;
const workers = ['worker-1', 'worker-2'] as const;

let fleet: Deployment;
let insight: Insight;
let client: Client;
let installation: FleetClient;
beforeAll(async () => {
  fleet = await createDeployment({ servers: serversHere(), seats: twoForEachRole });
  await Promise.all(fleet.names.map(fleet.start));
  client = insistently(await adminClient({ url: fleet.url('api-1'), setupToken: fleet.setupToken('api-1') }));
  installation = await fleetClient(fleet, ['api-1', 'api-2']);
  insight = await insightOf(fleet);
}, timeoutMs);
afterAll(async () => {
  const fallen = fleet.fallen();
  try {
    expect(await fleet.close()).toEqual([]);
    expect(fallen).toEqual([]);
  } finally {
    await insight.close();
  }
}, timeoutMs);

/** The worker that has this attempt, once its script has written. */
async function writingAt(id: string, attempt: number): Promise<string> {
  await until(async () => {
    const { attempts } = await viewOf(client, id);
    return attempts.length === attempt && (await outputOf(client, id)) === 'begun\n';
  }, provedGoneMs);
  return untilGiven('it has a worker', () => insight.workerOf(id, attempt));
}

/** Endless, so that only what is done to it ends it. */
const endless = "import time\nprint('begun', flush=True)\nwhile True: time.sleep(0.1)";

async function oneAtEachWorker(script: string, more: object): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  await until(async () => {
    const id = await submit(client, script, more);
    const worker = await writingAt(id, 1);
    if (found[worker] === undefined) found[worker] = id;
    else await client.post(`/executions/${id}/cancel`, { reason: 'not needed' });
    return workers.every((name) => found[name] !== undefined);
  }, timeoutMs);
  return found;
}

test(
  'each process in turn is drained and started again under load: nothing is lost or doubled',
  async () => {
    const visits = steadyVisits(installation, 'rolling');
    try {
      await visits.more(5);
      for (const name of fleet.names) {
        expect([name, await fleet.stop(name)]).toEqual([name, 0]);
        await visits.more(3);
        await fleet.start(name);
        await visits.more(3);
      }
    } finally {
      await visits.stop();
    }
    client = insistently(await installation.client());
    const { problems, reasons } = await judgedAtRest(fleet, client, visits.notes, restMs);
    process.stdout.write(`${JSON.stringify(reasons)}, ${visits.notes.repeated} asked again\n`);
    expect(problems).toEqual([]);
    expect(installation.late()).toBe(0);
  },
  timeoutMs,
);

test(
  'a run that our own drain cuts off goes on at another worker and keeps its one retry, which a crash takes',
  async () => {
    const id = await submit(client, endless);
    for (const attempt of [1, 2]) {
      const worker = await writingAt(id, attempt);
      expect(await fleet.stop(worker)).toBe(0);
      await fleet.start(worker);
    }
    const third = await writingAt(id, 3);
    await fleet.kill(third);
    await fleet.start(third);
    const fourth = await writingAt(id, 4);
    await fleet.kill(fourth);
    await fleet.start(fourth);
    const { termination, attempts } = await endOf(client, id);
    expect([termination?.reason, attempts.length]).toEqual(['lost', 4]);
  },
  timeoutMs,
);

test(
  'a worker dies and does not come back: what ran on the other goes on, its own runs are repeated once or lost',
  async () => {
    const repeated = await oneAtEachWorker(endless, {});
    const open = await oneAtEachWorker(endless, { stdin_open: true });
    const [dead, alive] = workers;
    await fleet.kill(dead);
    const others = [repeated[dead], repeated[alive], open[alive]];
    const lost = await untilGiven('the run of the dead worker is given up', () => ended(open[dead]), {
      withinMs: provedGoneMs,
    });
    expect([lost.termination?.reason, lost.attempts.length]).toEqual(['lost', 1]);
    expect(await writingAt(repeated[dead] ?? '', 2)).toBe(alive);
    for (const id of [repeated[alive], open[alive]])
      expect((await viewOf(client, id ?? '')).attempts.length).toBe(1);
    for (const id of others) await client.post(`/executions/${id}/cancel`, { reason: 'enough' });
    for (const id of others) expect((await endOf(client, id ?? '')).termination?.reason).toBe('cancelled');
    await fleet.start(dead);
  },
  timeoutMs,
);

async function ended(id: string | undefined): Promise<RunView | null> {
  const view = await viewOf(client, id ?? '');
  return view.termination === null ? null : view;
}
