// Kafka and Redis are lost whole, with all that they held, and every process with them: MongoDB alone brings each run to its end.
import { afterAll, expect, test } from 'bun:test';
import { roleNames } from '#src/domain/roles.ts';
import { adminAccount, newDataDir, removeDataDir } from '#tests/support/binary.ts';
import { adminClient, login } from '#tests/support/client.ts';
import { createDeployment, type Deployment, serversHere } from './deployment.ts';
import { endOf, outputOf, submit, writes } from './runs.ts';

const mark = crypto.randomUUID().slice(0, 8);
const folder = await newDataDir();
const fleets: Deployment[] = [];

/** Where the names of topics and keys are new, nothing is left of what the servers held. */
async function installation(names: string): Promise<Deployment> {
  const fleet = await createDeployment({
    servers: serversHere(),
    seats: { all: roleNames.join(',') },
    folders: { all: folder },
    environment: {
      SECRET_KEY: `the key of ${mark}, which outlives them all`,
      GREENROOM_MONGODB_DATABASE: `lost-${mark}`,
      GREENROOM_KAFKA_TOPIC_PREFIX: `lost-${mark}-${names}.`,
      GREENROOM_REDIS_PREFIX: `lost-${mark}-${names}:`,
    },
  });
  fleets.push(fleet);
  await fleet.start('all');
  return fleet;
}

afterAll(async () => {
  for (const fleet of fleets) expect(await fleet.close()).toEqual([]);
  await removeDataDir(folder);
}, 60_000);

test('what ended stays, what runs is repeated once, what waits is admitted, and new runs come to their end', async () => {
  const before = await installation('old');
  const client = await adminClient({ url: before.url('all'), setupToken: before.setupToken('all') });
  const ended = await submit(client, "print('long ago')");
  await endOf(client, ended);
  const running = await submit(
    client,
    "import time\nprint('begun', flush=True)\ntime.sleep(30)\nprint('end')",
  );
  await writes(client, running, 'begun');
  const pause = await client.post('/admin/queue/pause', { reason: 'what follows has to wait' });
  expect(pause.status).toBe(200);
  const waiting = await submit(client, "print('waited')");
  await before.kill('all');

  const after = await installation('new');
  const again = await login(after.url('all'), adminAccount.username, adminAccount.password);
  expect((await again.post('/admin/queue/resume', { reason: 'all is new' })).status).toBe(200);
  const fresh = await submit(again, "print('fresh')");
  const ends = [];
  for (const id of [ended, running, waiting, fresh]) {
    const { termination, attempts } = await endOf(again, id);
    ends.push([termination?.reason, attempts.length, await outputOf(again, id)]);
  }
  expect(ends).toEqual([
    ['exited', 1, 'long ago\n'],
    ['exited', 2, 'begun\nend\n'],
    ['exited', 1, 'waited\n'],
    ['exited', 1, 'fresh\n'],
  ]);
}, 300_000);
