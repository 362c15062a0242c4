// The doctor: a line for each check, an exit code to believe, and nothing that it changes.
import { afterEach, beforeEach, expect, setDefaultTimeout, test } from 'bun:test';
import { chmod, mkdir, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { newDataDir, removeDataDir, startBinary } from '#tests/support/binary.ts';
import { type CommandOptions, type Ended, greenroom } from '#tests/support/command.ts';

setDefaultTimeout(60_000);
let root: string;
let dataDir: string;
beforeEach(async () => {
  root = await newDataDir();
  dataDir = join(root, 'data');
});
afterEach(() => removeDataDir(root));

const doctor = (environment: CommandOptions['environment'] = {}): Promise<Ended> =>
  greenroom(dataDir, ['doctor', '--config', resolve('config.test.toml')], { environment });

/** By name of the check; `problem` or `ok`, then what is said. */
function linesOf({ out }: Ended): Map<string, string> {
  const lines = out.split('\n').map((line) => /^(ok|problem) +([a-z ]+): (.*)$/.exec(line));
  return new Map(
    lines.flatMap((match) => (match === null ? [] : [[match[2] ?? '', `${match[1]} ${match[3]}`]])),
  );
}

/** Every file below with its size, its mode and when it was written. */
async function everythingIn(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true });
  return Promise.all(
    names.sort().map(async (name) => {
      const { size, mode, mtimeMs } = await stat(join(folder, name));
      return `${name} ${size} ${mode} ${mtimeMs}`;
    }),
  );
}

/** A folder that a server has used and left in order. */
async function used(): Promise<void> {
  await (await startBinary({ dataDir })).stop();
}

const checks = [
  'configuration',
  'data folder',
  'lock',
  'secret key',
  'disk space',
  'database',
  'clock',
  'port',
  'interpreters',
  'isolation',
  'control groups',
];

test('before the first start everything is well, and no folder is made', async () => {
  const ended = await doctor();
  expect([ended.code, ended.err]).toEqual([0, '']);
  const lines = linesOf(ended);
  expect([...lines.keys()]).toEqual(checks);
  for (const [name, line] of lines) expect([name, line.split(' ')[0]]).toEqual([name, 'ok']);
  expect(lines.get('isolation')).toMatch(/full, \d+ checks passed/);
  expect(ended.out).toEndWith('Nothing is wrong\n');
  expect(await readdir(root)).toEqual([]);
});

test('in a used folder everything is well, and nothing is written', async () => {
  await used();
  const before = await everythingIn(dataDir);
  const ended = await doctor();
  expect(ended.code).toBe(0);
  expect(linesOf(ended).get('database')).toContain('whole, schema step 1, 0 records');
  expect(linesOf(ended).get('lock')).toBe('ok free');
  expect(await everythingIn(dataDir)).toEqual(before);
});

test('beside a running server it names the server and hears it answer', async () => {
  const server = await startBinary({ dataDir });
  try {
    const ended = await doctor();
    expect([ended.code, ended.err]).toEqual([0, '']);
    expect(linesOf(ended).get('lock')).toContain('held by the running server');
    expect(linesOf(ended).get('port')).toContain(`our server answers on ${server.url}`);
  } finally {
    expect(await server.stop()).toBe(0);
  }
});

test('after a kill it reads the database with its log', async () => {
  await (await startBinary({ dataDir })).stop('SIGKILL');
  const ended = await doctor();
  expect(linesOf(ended).get('database')).toContain('ok whole');
  await used();
});

test('each problem is told with what to do, and the exit code is 1', async () => {
  await used();
  await chmod(dataDir, 0o755);
  await chmod(join(dataDir, 'secret.key'), 0o644);
  const database = join(dataDir, 'greenroom.db');
  await truncate(database, Math.floor((await stat(database)).size / 2));
  const other = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data: () => undefined } });
  try {
    const interpreters = '/bin/false,/nonexistent/python3';
    const ended = await doctor({ PORT: String(other.port), GREENROOM_RUNTIME_INTERPRETERS: interpreters });
    expect(ended.code).toBe(1);
    const lines = linesOf(ended);
    expect(lines.get('data folder')).toMatch(/^problem .*mode 755.*chmod 700/);
    expect(lines.get('secret key')).toMatch(/^problem .*chmod 600/);
    expect(lines.get('database')).toMatch(/^problem .*damaged.*restore --force/);
    expect(lines.get('port')).toMatch(/^problem .*taken by another process/);
    expect(lines.get('interpreters')).toMatch(/^problem .*\/bin\/false, \/nonexistent\/python3/);
    expect(lines.get('isolation')).toStartWith('ok');
    expect(ended.out).toEndWith('Problems: 5\n');
  } finally {
    other.stop(true);
  }
});

test('a wrong configuration is told, each problem on a line of its own', async () => {
  const ended = await doctor({ PORT: 'x', GREENROOM_LOG_LEVEL: 'loud' });
  expect(ended.code).toBe(1);
  expect(ended.out).toContain('problem  configuration: PORT must be');
  expect(ended.out).toContain('problem  configuration: GREENROOM_LOG_LEVEL must be');
  expect(ended.out).toEndWith('Problems: 2\n');
});

test('a folder that is a file, and a key that is too short, are problems', async () => {
  await writeFile(dataDir, '');
  expect(linesOf(await doctor()).get('data folder')).toMatch(/^problem .*is not a folder/);
  const other = join(root, 'other');
  await mkdir(other, { mode: 0o700 });
  await writeFile(join(other, 'secret.key'), 'short', { mode: 0o600 });
  const lines = linesOf(await doctor({ DATA_DIR: other }));
  expect(lines.get('secret key')).toMatch(/^problem .*no key of 32 characters/);
  expect(await readFile(join(other, 'secret.key'), 'utf8')).toBe('short');
});
