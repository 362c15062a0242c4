// A database that somebody or something has written into: a start that sees it is refused with what to do, a server that
// comes upon it takes nothing more and says so, and the doctor finds it.
import { afterEach, beforeEach, expect, setDefaultTimeout, test } from 'bun:test';
import { open, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { adminAccount, type Binary, newDataDir, removeDataDir, startBinary } from '#tests/support/binary.ts';
import { adminClient, type Client, login } from '#tests/support/client.ts';
import { greenroom } from '#tests/support/command.ts';
import { untilGiven } from '#tests/support/until.ts';

setDefaultTimeout(60_000);
const pageBytes = 4_096;
let dataDir: string;
let database: string;
let binary: Binary | null = null;
beforeEach(async () => {
  dataDir = await newDataDir();
  database = join(dataDir, 'greenroom.db');
});
afterEach(async () => {
  await binary?.stop('SIGKILL');
  binary = null;
  await removeDataDir(dataDir);
});

const config = ['--config', resolve('config.test.toml')];
const script = `print('kept')\n# ${'x'.repeat(30_000)}`;

async function runsOf(client: Client, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let run = 0; run < count; run += 1) {
    const answer = await client.post('/execute', { script, lang: 'python' });
    expect(answer.status).toBe(200);
    ids.push(((await answer.json()) as { execution_id: string }).execution_id);
  }
  for (const id of ids)
    await untilGiven(`run ${id} ends`, async () => {
      const view = (await (await client.get(`/executions/${id}`)).json()) as { termination: unknown };
      return view.termination === null ? null : true;
    });
  return ids;
}

/** Writes over everything from this page on. */
async function damageFrom(page: number): Promise<void> {
  const file = await open(database, 'r+');
  try {
    const { size } = await stat(database);
    for (let at = page * pageBytes; at < size; at += pageBytes)
      await file.write(Buffer.alloc(512, 0xa5), 0, 512, at);
  } finally {
    await file.close();
  }
}

async function usedAndStopped(runs: number): Promise<string[]> {
  const server = await startBinary({ dataDir });
  binary = server;
  const ids = await runsOf(await adminClient(server), runs);
  expect(await server.stop()).toBe(0);
  return ids;
}

test('a start on a damaged database is refused, with the file and what to do', async () => {
  await usedAndStopped(1);
  const file = await open(database, 'r+');
  await file.write(Buffer.alloc(2_000, 0xa5), 0, 2_000, 100);
  await file.close();
  const started = await greenroom(dataDir, ['serve', ...config]);
  expect(started.code).toBe(1);
  expect(started.err).toMatch(/^greenroom: The database cannot be used: .*doctor.*restore --force FILE/);
  expect(started.err).toContain(`(${database})`);
  const examined = await greenroom(dataDir, ['doctor', ...config]);
  expect(examined.code).toBe(1);
  expect(examined.out).toMatch(/problem +database: The database is damaged/);
});

test('damage that shows while the server runs is told, stops what is new, and ends nothing else', async () => {
  const ids = await usedAndStopped(60);
  const server = await startBinary({ dataDir });
  binary = server;
  const client = await login(server.url, adminAccount.username, adminAccount.password);
  await damageFrom(60);
  const seen = await untilGiven('a read fails', async () => {
    for (const id of ids) {
      const answer = await client.get(`/executions/${id}/events`);
      if (answer.status !== 200) return answer;
    }
    return null;
  });
  expect(seen.status).toBe(503);
  expect(await seen.text()).not.toMatch(/sqlite|corrupt|malformed|greenroom\.db|SELECT/i);

  const ready = await client.get('/health/ready');
  expect(ready.status).toBe(503);
  expect(((await ready.json()) as { dependencies: unknown[] }).dependencies).toContainEqual({
    name: 'store',
    ready: false,
    detail: 'damaged',
  });
  const refused = await client.post('/execute', { script: 'print(1)', lang: 'python' });
  expect(refused.status).toBe(503);
  expect(refused.headers.get('retry-after')).toBe('60');
  expect(await refused.json()).toEqual({
    detail: 'The platform cannot do this until its operator has repaired its store',
    type: 'ServiceUnavailableError',
  });
  expect((await client.get('/health/live')).status).toBe(200);
  const told = server
    .output()
    .split('\n')
    .filter((line) => line.includes('the database is damaged'));
  expect(told).toHaveLength(1);
  expect(told[0]).toContain(database);

  const examined = await greenroom(dataDir, ['doctor', ...config]);
  expect(examined.out).toMatch(/problem +database: The database is damaged.*restore --force/);
  expect(await server.stop()).toBe(0);
});
