// The commands of the binary, as an operator types them.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { newDataDir, removeDataDir, startBinary } from '#tests/support/binary.ts';
import { login } from '#tests/support/client.ts';
import { type CommandOptions, type Ended, greenroom as runCommand } from '#tests/support/command.ts';
import manifest from '../../package.json' with { type: 'json' };

let dataDir: string;
beforeAll(async () => {
  dataDir = await newDataDir();
});
afterAll(() => removeDataDir(dataDir));

const greenroom = (words: string[], options?: CommandOptions): Promise<Ended> =>
  runCommand(dataDir, words, options);

const account = ['create-admin', '--username', 'root2', '--email', 'root2@example.org', '--password-stdin'];
const config = ['--config', resolve('config.test.toml')];

describe('the commands', () => {
  test('version prints the version of the package', async () => {
    expect(await greenroom(['version'])).toEqual({ code: 0, out: `${manifest.version}\n`, err: '' });
  });

  test('unknown words end with 2 and the usage, and so does none at all', async () => {
    for (const words of [[], ['dance'], ['serve', 'now'], ['serve', '--colour']]) {
      const { code, err } = await greenroom(words);
      expect([words, code]).toEqual([words, 2]);
      expect(err).toContain('usage: greenroom');
    }
  });

  test('config prints effective values with secrets redacted', async () => {
    const { code, out } = await greenroom(['config'], {
      environment: { PORT: '81', SECRET_KEY: 'q'.repeat(40) },
    });
    expect(code).toBe(0);
    expect(out).toContain('port = 81 # PORT');
    expect(out).not.toContain('qqqq');
  });

  test('a wrong configuration is told whole, and nothing starts', async () => {
    const environment = { PORT: 'x', GREENROOM_LOG_LEVEL: 'loud', ROLES: 'api' };
    const { code, err } = await greenroom(['serve'], { environment });
    expect(code).toBe(1);
    for (const part of [
      'PORT must be a whole number',
      'GREENROOM_LOG_LEVEL must be one of',
      'must play every role',
    ]) {
      expect(err).toContain(part);
    }
  });

  test('create-admin works before the first start and beside a running server, and refuses a taken name', async () => {
    const before = await greenroom([...account, ...config], { input: 'a long enough password\n' });
    expect(before).toEqual({ code: 0, out: 'The administrator was created\n', err: '' });
    const binary = await startBinary({ dataDir });
    try {
      expect(binary.setupToken).toBeNull();
      await login(binary.url, 'root2', 'a long enough password');
      const again = await greenroom([...account, ...config], { input: 'a long enough password\n' });
      expect(again.code).toBe(1);
      expect(again.err).toContain('Username already registered');
      const words = [...account, ...config].map((word) => word.replace('root2', 'root3'));
      expect((await greenroom(words, { input: 'another long password' })).code).toBe(0);
      await login(binary.url, 'root3', 'another long password');
    } finally {
      expect(await binary.stop()).toBe(0);
    }
  });

  test('secrets and the data folder are for their owner alone', async () => {
    expect((await stat(dataDir)).mode & 0o077).toBe(0);
    expect((await stat(join(dataDir, 'secret.key'))).mode & 0o777).toBe(0o600);
  });

  test('a second server on the same data folder is refused with a sentence', async () => {
    const binary = await startBinary({ dataDir });
    try {
      const second = await greenroom(['serve', ...config]);
      expect(second.code).toBe(1);
      expect(second.err).toContain('Another process is using this data folder');
    } finally {
      await binary.stop();
    }
  });

  test('a start opens the stores, proves the isolation, then listens; one that fails before holds nothing', async () => {
    const binary = await startBinary({ dataDir, environment: { GREENROOM_LOG_LEVEL: 'info' } });
    await binary.stop();
    const steps = [...binary.output().matchAll(/"msg":"(stores open|isolation proved|listening)"/g)];
    expect(steps.map((step) => step[1])).toEqual(['stores open', 'isolation proved', 'listening']);
    const taken = Bun.serve({ port: 0, fetch: () => new Response('somebody else') });
    try {
      const failed = await greenroom(['serve', ...config], { environment: { PORT: String(taken.port) } });
      expect(failed.code).toBe(1);
      expect(failed.err).toContain(`127.0.0.1:${taken.port} is in use by another program`);
      expect(failed.out).not.toContain('listens on');
      const again = await startBinary({ dataDir });
      expect(await again.stop()).toBe(0);
    } finally {
      await taken.stop(true);
    }
  });
});
