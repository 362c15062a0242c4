// The disk of the data folder is full, and has room again: who asks is told that it is our fault and when to come again,
// readiness says why, what was accepted is done afterwards, once, and nobody has to restart anything.
import { afterEach, beforeEach, expect, setDefaultTimeout, test } from 'bun:test';
import { resolve } from 'node:path';
import { type Binary, newDataDir, removeDataDir, startBinary } from '#tests/support/binary.ts';
import { adminClient, type Client } from '#tests/support/client.ts';
import { greenroom } from '#tests/support/command.ts';
import { fillUp, giveRoom, onSmallDisk, seenBy } from '#tests/support/small-disk.ts';
import { untilGiven } from '#tests/support/until.ts';

setDefaultTimeout(90_000);
let dataDir: string;
let client: Client;
let binary: Binary | null = null;
beforeEach(async () => {
  dataDir = await newDataDir();
});
afterEach(async () => {
  await binary?.stop('SIGKILL');
  binary = null;
  await removeDataDir(dataDir);
});

interface View {
  status: string;
  termination: { reason: string } | null;
}

interface Readiness {
  ready: boolean;
  dependencies: { name: string; ready: boolean; detail: string | null }[];
}

const submit = (script: string): Promise<Response> => client.post('/execute', { script, lang: 'python' });
const outputOf = async (id: string): Promise<string> =>
  (await client.get(`/executions/${id}/output?stream=stdout`)).text();

async function accepted(answer: Response): Promise<string> {
  expect(answer.status).toBe(200);
  return ((await answer.json()) as { execution_id: string }).execution_id;
}

async function store(): Promise<{ status: number; store: Readiness['dependencies'][number] | undefined }> {
  const answer = await client.get('/health/ready');
  const { dependencies } = (await answer.json()) as Readiness;
  return { status: answer.status, store: dependencies.find(({ name }) => name === 'store') };
}

async function ended(id: string): Promise<View> {
  return untilGiven(`run ${id} ends`, async () => {
    const view = (await (await client.get(`/executions/${id}`)).json()) as View;
    return view.termination === null ? null : view;
  });
}

const lines = 600;
const long = `import time\nfor i in range(${lines}):\n    print(i)\n    time.sleep(0.02)`;
const longOutput = Array.from({ length: lines }, (_, line) => `${line}\n`).join('');
const filler = `# ${'x'.repeat(40_000)}`;

test('a full disk refuses what is new, keeps what was accepted, and passes without a restart', async () => {
  binary = await startBinary({ dataDir, before: onSmallDisk(dataDir, '64m') });
  client = await adminClient(binary);
  const running = await accepted(await submit(long));
  await untilGiven('it writes', async () => ((await outputOf(running)).includes('5\n') ? true : null));
  expect((await store()).status).toBe(200);

  const folder = seenBy(binary.pid, dataDir);
  await fillUp(folder);
  const before = await outputOf(running);
  const runs = new Map<string, string>();
  const refusal = await untilGiven('a run is refused', async () => {
    const word = `word ${runs.size}`;
    const answer = await submit(`print('${word}')\n${filler}`);
    if (answer.status !== 200) return answer;
    runs.set(await accepted(answer), `${word}\n`);
    return null;
  });
  expect(refusal.status).toBe(503);
  expect(Number(refusal.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(await refusal.json()).toEqual({
    detail: 'The platform has no space left to store this; please try again later',
    type: 'ServiceUnavailableError',
  });
  expect(await store()).toEqual({
    status: 503,
    store: { name: 'store', ready: false, detail: 'no space left' },
  });
  expect((await client.get('/health/live')).status).toBe(200);
  expect((await outputOf(running)).startsWith(before)).toBe(true);

  await giveRoom(folder);
  await untilGiven('it is ready again', async () => ((await store()).status === 200 ? true : null));
  expect((await store()).store).toEqual({ name: 'store', ready: true, detail: null });
  expect((await ended(running)).termination?.reason).toBe('exited');
  expect(await outputOf(running)).toBe(longOutput);
  for (const [id, output] of runs) {
    expect((await ended(id)).termination?.reason).toBe('exited');
    expect(await outputOf(id)).toBe(output);
  }
  const after = await accepted(await submit("print('after')"));
  await ended(after);
  expect(await outputOf(after)).toBe('after\n');
  const listed = (await (await client.get('/user/executions?limit=100')).json()) as { total: number };
  expect(listed.total).toBe(runs.size + 2);
  expect(binary.output()).toContain('the disk of the database is full: free some space');
  expect(await binary.stop()).toBe(0);
});

test('a server on a full disk can be stopped, also in the middle of a run', async () => {
  binary = await startBinary({ dataDir, before: onSmallDisk(dataDir, '64m') });
  client = await adminClient(binary);
  const running = await accepted(
    await submit(`import time\nwhile True:\n    print('y' * 2_000)\n    time.sleep(0.01)`),
  );
  await untilGiven('it writes', async () => ((await outputOf(running)) === '' ? null : true));
  await fillUp(seenBy(binary.pid, dataDir));
  await untilGiven('it is not ready', async () => ((await store()).status === 503 ? true : null));
  expect(await binary.stop()).toBe(0);
});

test.each(['4k', '16k', '64k', '256k'])(
  'a start on a disk of %s says what is missing, and where',
  async (size) => {
    const words = ['serve', '--config', resolve('config.test.toml')];
    const { code, err } = await greenroom(dataDir, words, { before: onSmallDisk(dataDir, size) });
    expect(code).toBe(1);
    expect(err).toMatch(/^greenroom: The .*: there is not enough space left; free some and try again \(/);
    expect(err).toContain(`(${dataDir}`);
  },
);
