// One real Redis server of its own for tests, from the system's package, which is installed if it is missing (as root).
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ServerOptions, TestServer } from './server.ts';
import { enginesFolder, freePort, serverFolder, serverProcess } from './server-process.ts';

export interface RedisServerOptions extends ServerOptions {
  password?: string;
  /** Further lines of redis.conf. */
  settings?: readonly string[];
}

export async function startRedis(options: RedisServerOptions = {}): Promise<TestServer> {
  await install();
  const folder = await serverFolder(options, 'redis');
  const port = options.port ?? freePort();
  const settings = join(folder, 'redis.conf');
  const server = await serverProcess({
    name: 'the Redis server',
    folder,
    command: () => ['redis-server', settings],
    prepare: async () => void (await Bun.write(settings, settingsOf(options, port, folder))),
    serves: () => answers(port),
  });
  const login = options.password === undefined ? '' : `:${options.password}@`;
  return { url: `redis://${login}127.0.0.1:${port}/0`, ...server };
}

/** What a killed server acknowledged is in the kernel's hands: without a sync of its own, no write waits for one. */
const settingsOf = ({ password, settings = [] }: RedisServerOptions, port: number, folder: string): string =>
  [
    'bind 127.0.0.1',
    `port ${port}`,
    `dir ${folder}`,
    'daemonize no',
    'appendonly yes',
    'appendfsync no',
    'save ""',
    'maxmemory 256mb',
    'maxmemory-policy noeviction',
    ...(password === undefined ? [] : [`requirepass ${password}`]),
    ...settings,
    '',
  ].join('\n');

/** Whether it answers a ping with anything but that it is still loading; that a password is missing is an answer, too. */
async function answers(port: number): Promise<boolean> {
  const answer = Promise.withResolvers<string>();
  try {
    const socket = await Bun.connect({
      hostname: '127.0.0.1',
      port,
      socket: {
        open: (opened) => void opened.write('PING\r\n'),
        data: (_, bytes) => answer.resolve(bytes.toString()),
        close: () => answer.resolve(''),
        error: () => answer.resolve(''),
        timeout: () => answer.resolve(''),
      },
    });
    socket.timeout(1);
    const words = await answer.promise;
    socket.end();
    return /^\+PONG|^-NOAUTH/.test(words);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED') return false;
    throw error;
  }
}

/** One installation at a time on this machine, whoever asks. */
async function install(): Promise<void> {
  if (Bun.which('redis-server') !== null) return;
  await mkdir(enginesFolder, { recursive: true });
  if (Bun.which('apt-get') === null || process.getuid?.() !== 0) {
    throw new Error('redis-server is not installed; only root can install it, with apt-get');
  }
  const command =
    'command -v redis-server || { apt-get update && apt-get install -y --no-install-recommends redis-server; }';
  const child = Bun.spawn(['flock', join(enginesFolder, 'apt.lock'), 'sh', '-c', command], {
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
    // The package must not start a server of its own.
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' },
  });
  const [words, errors] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  if ((await child.exited) === 0) return;
  throw new Error(`redis-server could not be installed:\n${(words + errors).slice(-2_000)}`);
}
