// A process of each role stands still for longer than its leases and its places in the groups last. Another takes over, and when
// it goes on both believe for a moment that the work is theirs: the scheduler's lease, sandboxes and what they wrote, partitions.
//   STOPPED_SECONDS=150 bun test … : so long that the sandboxes of the one that stands still count as gone
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { adminClient, type Client } from '#tests/support/client.ts';
import { until } from '#tests/support/until.ts';
import { judgedAtRest } from './at-rest.ts';
import { createDeployment, type Deployment, serversHere, twoForEachRole } from './deployment.ts';
import { type FleetClient, fleetClient } from './fleet-client.ts';
import { type Insight, insightOf } from './insight.ts';
import { insistently } from './insistent-client.ts';
import { endOf, submit } from './runs.ts';
import { steadyVisits } from './steady-visits.ts';

const stoppedMs = Number(process.env.STOPPED_SECONDS ?? 30) * 1_000;
const timeoutMs = stoppedMs + 400_000;
const restMs = 240_000;
/** Fewer than the visitors want, so that somebody always waits to be admitted. */
const slots = 3;

let fleet: Deployment;
let insight: Insight;
let client: Client;
let installation: FleetClient;
beforeAll(async () => {
  fleet = await createDeployment({
    servers: serversHere(),
    seats: twoForEachRole,
    environment: { GREENROOM_EXECUTION_CONCURRENT: String(slots) },
  });
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

const scheduler = (): Promise<string | null> => insight.ownerOf('scheduler');

/** Looks at the slots until it is told to stop; answers how many were ever held at once. */
function watchedSlots(): { stop(): Promise<number> } {
  let over = false;
  let most = 0;
  async function watch(): Promise<void> {
    while (!over) {
      most = Math.max(most, await insight.slotsHeld());
      await Bun.sleep(50);
    }
  }
  const watching = watch();
  return {
    async stop() {
      over = true;
      await watching;
      return most;
    },
  };
}

test(
  'two owners at once harm nothing: every run ends once, with its whole output, and every slot comes back',
  async () => {
    const watched = watchedSlots();
    const visits = steadyVisits(installation, 'leases');
    let owner: string | null = null;
    let other: string | null = null;
    let meanwhile = '';
    let most = 0;
    try {
      await visits.more(15);
      owner = await scheduler();
      if (owner === null) throw new Error('nobody schedules');
      const stopped = [owner, 'worker-1'];
      const endsAt = performance.now() + stoppedMs;
      for (const name of stopped) fleet.pause(name);
      await until(async () => ![owner, null].includes(await scheduler()), 60_000);
      // Nobody has to wait until they go on.
      meanwhile = await submit(client, "print('meanwhile')", { priority: 'high' });
      expect((await endOf(client, meanwhile)).termination?.reason).toBe('exited');
      await until(() => performance.now() >= endsAt, stoppedMs + 1_000);
      other = await scheduler();
      for (const name of stopped) fleet.resume(name);
      await visits.more(15);
    } finally {
      await visits.stop();
      most = await watched.stop();
    }
    expect(other).not.toBe(owner);
    const sample = {
      kind: 'short',
      script: "print('meanwhile')",
      stdin: null,
      typed: [],
      output: 'meanwhile\n',
    } as const;
    visits.notes.accepted.set(meanwhile, { id: meanwhile, sample, cancelAsked: false });
    const { problems, reasons } = await judgedAtRest(fleet, client, visits.notes, restMs);
    process.stdout.write(`${JSON.stringify(reasons)}, ${visits.notes.repeated} asked again\n`);
    expect(problems).toEqual([]);
    expect(most).toBe(slots);
    expect(installation.late()).toBe(0);
  },
  timeoutMs,
);
