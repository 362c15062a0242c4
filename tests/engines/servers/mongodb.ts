// A MongoDB-wire server of its own for tests, durable and with unique indexes, from Maven's jars; needs Java 17 and Maven.
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Subprocess } from 'bun';
import { until } from '#tests/support/until.ts';
import { enginesFolder, installMongoDb } from './mongodb/install.ts';
import type { ServerOptions, TestServer } from './server.ts';

export interface MongoDbOptions extends ServerOptions {
  /** Who alone may log in, by SCRAM-SHA-256. Default: anybody. */
  credentials?: { user: string; password: string };
  /** What the server says that it speaks; 9 is MongoDB 4.4. */
  wireVersion?: number;
}

const startWithinMs = 60_000;
const stopWithinMs = 10_000;
const javaOptions = ['-Xms64m', '-Xmx1g', '-XX:+UseSerialGC', '-XX:+ExitOnOutOfMemoryError', '-Xshare:auto'];

export async function startMongoDb(options: MongoDbOptions = {}): Promise<TestServer> {
  const classPath = await installMongoDb();
  const folder = options.folder ?? (await mkdtemp(join(enginesFolder, 'mongodb-run-')));
  await mkdir(folder, { recursive: true });
  const store = join(folder, 'store.mv');
  const { user = '', password = '' } = options.credentials ?? {};
  const settings = [`-Dwire.version=${options.wireVersion ?? 9}`, '-Dio.netty.eventLoopThreads=64'];
  let port = options.port ?? 0;
  let child: Subprocess | null = null;
  let starts = 0;
  let over = false;

  async function start(): Promise<void> {
    // A test that ran out of time may still be in its middle.
    if (over) throw new Error('the MongoDB test server was stopped for good');
    starts += 1;
    const log = join(folder, `server-${starts}.log`);
    const started = Bun.spawn(
      ['java', ...javaOptions, ...settings, '-cp', classPath, 'Main', String(port), store],
      {
        stdin: 'ignore',
        stdout: Bun.file(log),
        stderr: 'inherit',
        env: { ...process.env, MONGO_USER: user, MONGO_PASSWORD: password },
      },
    );
    child = started;
    port = await servingPort(started, log);
  }

  async function end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const ending = child;
    if (ending === null) return;
    child = null;
    ending.kill('SIGCONT');
    ending.kill(signal);
    const given = setTimeout(() => ending.kill('SIGKILL'), stopWithinMs);
    await ending.exited;
    clearTimeout(given);
  }

  const endWithUs = (): void => child?.kill('SIGKILL');
  process.on('exit', endWithUs);
  const stop = async (): Promise<void> => {
    over = true;
    await end('SIGTERM');
    process.off('exit', endWithUs);
    await rm(folder, { recursive: true, force: true });
  };
  await start().catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  const login = user === '' ? '' : `${user}:${password}@`;
  return {
    url: `mongodb://${login}127.0.0.1:${port}/${user === '' ? '' : '?authSource=admin'}`,
    kill: () => end('SIGKILL'),
    restart: start,
    pid: () => child?.pid ?? 0,
    pause: () => child?.kill('SIGSTOP'),
    resume: () => child?.kill('SIGCONT'),
    stop,
  };
}

/** The server says where it listens once it does. */
async function servingPort(child: Subprocess, log: string): Promise<number> {
  const said = async (): Promise<string> =>
    (await Bun.file(log).exists()) ? await Bun.file(log).text() : '';
  const up = /^up on port (\d+)$/m;
  const ended = (): boolean => child.exitCode !== null || child.signalCode !== null;
  await until(async () => ended() || up.test(await said()), startWithinMs).catch(() => child.kill('SIGKILL'));
  const port = up.exec(await said())?.[1];
  if (port !== undefined && !ended()) return Number(port);
  throw new Error(
    `the MongoDB test server ${ended() ? 'ended while starting' : 'does not serve'}\n${(await said()).slice(-2_000)}`,
  );
}
