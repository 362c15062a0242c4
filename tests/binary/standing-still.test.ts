// What the compiled server does and holds when nobody asks for anything: hardly anything, and never more than before.
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { connect } from 'node:net';
import { join } from 'node:path';
import { type Binary, newDataDir, removeDataDir, startBinary } from '#tests/support/binary.ts';
import { adminClient, type Client } from '#tests/support/client.ts';
import { figuresOf, type ProcessFigures, processorTicks } from '#tests/support/process-figures.ts';
import { untilGiven } from '#tests/support/until.ts';
import { commitsIn, digestsOf, slotsHeld } from '#tests/support/written.ts';

let dataDir: string;
let binary: Binary;
let client: Client;
beforeAll(async () => {
  dataDir = await newDataDir();
  binary = await startBinary({ dataDir });
  client = await adminClient(binary);
  await runs(30);
});
afterAll(async () => {
  await binary.stop();
  await removeDataDir(dataDir);
});

async function submit(script: string, more: object = {}): Promise<string> {
  const answer = await client.post('/execute', { script, lang: 'python', ...more });
  expect(answer.status).toBe(200);
  return ((await answer.json()) as { execution_id: string }).execution_id;
}

async function ended(id: string): Promise<string | null> {
  const view = (await (await client.get(`/executions/${id}`)).json()) as {
    termination: { reason: string } | null;
  };
  return view.termination?.reason ?? null;
}

/** So many runs, eight at a time, each to its end. */
async function runs(count: number): Promise<void> {
  let left = count;
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const id = await submit("print('still')");
      expect(await untilGiven('the run ends', () => ended(id))).toBe('exited');
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
}

/** As soon as two looks, a while apart, show the same: sandboxes are cleared away, warm ones are ready again. */
async function atRest(): Promise<ProcessFigures> {
  let last: ProcessFigures | null = null;
  let alike = 0;
  return untilGiven('the server is at rest', async () => {
    const now = await figuresOf(binary.pid);
    alike = now.children === last?.children && now.descriptors === last.descriptors ? alike + 1 : 0;
    last = now;
    return alike >= 200 ? now : null;
  });
}

/** Positions of readers are kept a little later than what they read: two seconds in which nothing but the heartbeat differs. */
async function settled(path: string): Promise<void> {
  await atRest();
  let last = '';
  let since = performance.now();
  await untilGiven('the database is at rest', () => {
    const { 'documents.processes': _heartbeat, ...others } = digestsOf(path);
    const now = JSON.stringify(others);
    if (now !== last) since = performance.now();
    last = now;
    return performance.now() - since > 2_000 ? true : null;
  });
}

const idleMs = 10_000;
/** One every five seconds; the window may catch one more at its edge. */
const heartbeatsMax = 3;

// Counted from outside: the commits in the write-ahead log, what differs in each table, and the time of the processor. Reading
// leaves no trace there: that is counted from inside, in idle-statements.test.ts.
test('an idle server writes nothing but its heartbeat, and hardly uses the processor', async () => {
  const path = join(dataDir, 'greenroom.db');
  await settled(path);
  const [before, rows, ticks] = [await commitsIn(path), digestsOf(path), await processorTicks(binary.pid)];
  const endsAt = performance.now() + idleMs;
  await untilGiven('ten seconds are over', () => (performance.now() >= endsAt ? true : null));
  const used = (await processorTicks(binary.pid)) - ticks;
  const after = await commitsIn(path);
  expect(after.salt).toBe(before.salt);
  const commits = after.commits - before.commits;
  expect(commits).toBeGreaterThanOrEqual(1);
  expect(commits).toBeLessThanOrEqual(heartbeatsMax);
  const changed = Object.entries(digestsOf(path)).filter(([table, digest]) => rows[table] !== digest);
  expect(changed.map(([table]) => table)).toEqual(['documents.processes']);
  // A twentieth of one processor.
  expect(used).toBeLessThan(idleMs / 10 / 20);
}, 60_000);

/**
 * The runtime gives memory back when it likes, so what a few runs add says nothing: while it works a server holds up to 150 MiB,
 * and 120 once it rests. A fifth of a mebibyte left behind by each run would be beyond this; a kilobyte is found without sandboxes,
 * in tests/actors/embedded-held.test.ts.
 */
const residentMiBMax = 190;

test('two thousand runs leave as much as two hundred do', async () => {
  await runs(170);
  const before = await atRest();
  await runs(1_800);
  const after = await atRest();
  expect(slotsHeld(join(dataDir, 'greenroom.db'))).toBe(0);
  expect(after.children).toBe(before.children);
  expect(after.descriptors).toBeLessThanOrEqual(before.descriptors + 3);
  expect(after.residentMiB).toBeLessThan(residentMiBMax);
}, 600_000);

test('five hundred streams that are reset leave no descriptor', async () => {
  const id = await submit("print('on')\ninput()", { stdin_open: true });
  await untilGiven('the run has begun', async () => {
    const text = await (await client.get(`/executions/${id}/output?stream=stdout`)).text();
    return text === 'on\n' ? true : null;
  });
  const before = await atRest();
  for (let batch = 0; batch < 10; batch += 1) {
    await Promise.all(Array.from({ length: 50 }, (_, number) => resetStream(id, number % 2 === 0)));
  }
  await untilGiven('as many descriptors as before', async () =>
    (await figuresOf(binary.pid)).descriptors <= before.descriptors + 3 ? true : null,
  );
  expect((await client.post(`/executions/${id}/stdin`, { data: '\n' })).status).toBe(200);
  expect(await untilGiven('the run ends', () => ended(id))).toBe('exited');
}, 60_000);

/** Asks for the stream and resets the connection: at once, or when the first bytes of the answer are there. */
function resetStream(id: string, atOnce: boolean): Promise<void> {
  const { hostname, port } = new URL(binary.url);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const socket = connect({ host: hostname, port: Number(port) });
  socket.on('error', reject);
  socket.on('close', () => resolve());
  socket.on('data', (bytes) => {
    if (!bytes.toString().startsWith('HTTP/1.1 200')) reject(new Error(bytes.toString().slice(0, 200)));
    socket.resetAndDestroy();
  });
  const path = `/api/v1/executions/${id}/stream`;
  const request = `GET ${path} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nCookie: ${client.cookie}\r\n\r\n`;
  socket.write(request, () => {
    if (atOnce) socket.resetAndDestroy();
  });
  return promise;
}
