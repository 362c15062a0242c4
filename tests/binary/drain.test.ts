// SIGTERM in mid-run: a stop waits for scripts as long as it may; what it has to cut off is repeated at the next start.
import { afterEach, beforeEach, expect, test } from 'bun:test';
import { adminAccount, type Binary, newDataDir, removeDataDir, startBinary } from '#tests/support/binary.ts';
import { adminClient, type Client, login } from '#tests/support/client.ts';
import { processesWith } from '#tests/support/processes.ts';
import { untilGiven } from '#tests/support/until.ts';

let dataDir: string;
let binary: Binary;
let client: Client;
beforeEach(async () => {
  dataDir = await newDataDir();
});
afterEach(async () => {
  await binary.stop('SIGKILL');
  await removeDataDir(dataDir);
});

interface View {
  termination: { reason: string } | null;
  attempts: { number: number }[];
}

async function start(drainSeconds: number): Promise<void> {
  binary = await startBinary({
    dataDir,
    environment: { GREENROOM_PROCESS_DRAIN_SECONDS: String(drainSeconds) },
  });
  client =
    binary.setupToken === null
      ? await login(binary.url, adminAccount.username, adminAccount.password)
      : await adminClient(binary);
}

async function submit(script: string): Promise<string> {
  const answer = await client.post('/execute', { script, lang: 'python' });
  return ((await answer.json()) as { execution_id: string }).execution_id;
}

const view = async (id: string): Promise<View> =>
  (await (await client.get(`/executions/${id}`)).json()) as View;
const outputOf = async (id: string): Promise<string> =>
  (await client.get(`/executions/${id}/output?stream=stdout`)).text();

async function attemptWrites(id: string, number: number): Promise<void> {
  await untilGiven(`attempt ${number} writes`, async () => {
    const { attempts } = await view(id);
    return attempts.length === number && (await outputOf(id)) === 'begun\n' ? true : null;
  });
}

async function endOf(id: string): Promise<View> {
  return untilGiven('the run ends', async () => {
    const seen = await view(id);
    return seen.termination === null ? null : seen;
  });
}

test('a stop waits for a script that ends within the time for it', async () => {
  await start(20);
  const id = await submit("import time\nprint('begun', flush=True)\ntime.sleep(1.5)\nprint('ended')");
  await attemptWrites(id, 1);
  expect(await binary.stop('SIGTERM')).toBe(0);
  expect(await processesWith(dataDir)).toEqual([]);
  await start(20);
  const { termination, attempts } = await endOf(id);
  expect([termination?.reason, attempts.length]).toEqual(['exited', 1]);
  expect(await outputOf(id)).toBe('begun\nended\n');
}, 60_000);

test('a run that our own stop cuts off twice is repeated each time and keeps its one retry', async () => {
  const id = await (async () => {
    await start(1);
    return submit("import time\nprint('begun', flush=True)\ntime.sleep(4)\nprint('ended')");
  })();
  for (const attempt of [1, 2]) {
    await attemptWrites(id, attempt);
    expect(await binary.stop('SIGTERM')).toBe(0);
    expect(await processesWith(dataDir)).toEqual([]);
    await start(1);
  }
  // A loss that we did not ask for takes the one retry, which is still there.
  await attemptWrites(id, 3);
  await binary.stop('SIGKILL');
  await start(1);
  const { termination, attempts } = await endOf(id);
  expect([termination?.reason, attempts.length]).toEqual(['exited', 4]);
  expect(await outputOf(id)).toBe('begun\nended\n');
}, 90_000);
