// Commands with the settings of the distributed profile, where no server is there: each ends with a sentence and a code, soon.
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { openIn } from '#tests/adapters/embedded/opened.ts';
import { newDataDir, removeDataDir } from '#tests/support/binary.ts';
import { type Ended, greenroom } from '#tests/support/command.ts';
import { dataFolder } from '#tests/support/data-folder.ts';

setDefaultTimeout(60_000);
let root: string;
let dataDir: string;
beforeAll(async () => {
  root = await newDataDir();
  dataDir = join(root, 'data');
});
afterAll(() => removeDataDir(root));

/** Nobody listens on port 1. */
const environment = {
  MONGODB_URI: 'mongodb://somebody:password-of-mongodb@127.0.0.1:1/',
  KAFKA_BROKERS: '127.0.0.1:1',
  REDIS_URL: 'redis://:password-of-redis@127.0.0.1:1',
  SECRET_KEY: 'a secret key that is long enough',
  ROLES: 'api',
};
const run = (words: readonly string[]): Promise<Ended> =>
  greenroom(dataDir, [...words, '--config', resolve('config.test.toml')], { environment });

test.each([
  ['backup', 'mongodump'],
  ['restore', 'mongorestore'],
])('%s says what to use instead', async (command, tool) => {
  const { code, err, out } = await run([command, join(root, 'file.db')]);
  expect([code, out, err]).toEqual([1, '', expect.stringContaining(tool)]);
  expect(err).not.toContain('    at ');
  expect(await readdir(root)).toEqual([]);
});

test('migrate says what is not there: a database to carry, a server to carry it to', async () => {
  const nothing = await run(['migrate', root]);
  expect([nothing.code, nothing.err]).toEqual([
    1,
    expect.stringContaining('no database in this data folder'),
  ]);
  expect(await readdir(root)).toEqual([]);
  const folder = await dataFolder();
  await (await openIn(folder.path)).close();
  const { code, err } = await run(['migrate', folder.path]);
  await folder.remove();
  expect([code, err]).toEqual([1, expect.stringContaining('no primary that answers within 10 s')]);
});

test('the doctor tells of each server, quotes no password, and ends with 1', async () => {
  const { code, out, err } = await run(['doctor']);
  expect([code, err]).toEqual([1, '']);
  for (const name of ['mongodb', 'kafka', 'redis'])
    expect(out).toMatch(new RegExp(`^problem  ${name}: .*127.0.0.1:1`, 'm'));
  expect(out).toEndWith('Problems: 3\n');
  expect(out).not.toContain('password-of');
  expect(await readdir(root)).toEqual([]);
});

test('a process without sandboxes and without an interface is not examined for them', async () => {
  const { out } = await greenroom(dataDir, ['doctor', '--config', resolve('config.test.toml')], {
    environment: { ...environment, ROLES: 'saga-orchestrator' },
  });
  expect(out).not.toMatch(/port:|isolation:|interpreters:|database:/);
});
