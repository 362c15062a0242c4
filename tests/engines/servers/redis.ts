// One real Redis server of its own for tests, from the system's package, which is installed if it is missing (as root).
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Subprocess } from 'bun';
import type { ServerOptions, TestServer } from './server.ts';

export interface RedisServerOptions extends ServerOptions {
  password?: string;
  /** Further lines of redis.conf. */
  settings?: readonly string[];
}

const startWithinMs = 30_000;
const stopWithinMs = 10_000;
const enginesFolder = join(process.cwd(), '.cache/engines');

export async function startRedis(options: RedisServerOptions = {}): Promise<TestServer> {
  await mkdir(enginesFolder, { recursive: true });
  await install();
  const folder = options.folder ?? (await mkdtemp(join(enginesFolder, 'redis-run-')));
  await mkdir(folder, { recursive: true });
  const port = options.port ?? freePort();
  const settings = join(folder, 'redis.conf');
  await Bun.write(settings, settingsOf(options, port, folder));
  const log = join(folder, 'server.out');
  let child: Subprocess | null = null;

  async function start(): Promise<void> {
    const started = Bun.spawn(['redis-server', settings], {
      stdin: 'ignore',
      stdout: Bun.file(log),
      stderr: 'inherit',
    });
    child = started;
    await serving(started, port, log);
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
    await end('SIGTERM');
    process.off('exit', endWithUs);
    await rm(folder, { recursive: true, force: true });
  };
  await start().catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return {
    url: `redis://${options.password === undefined ? '' : `:${options.password}@`}127.0.0.1:${port}/0`,
    kill: () => end('SIGKILL'),
    restart: start,
    pid: () => child?.pid ?? 0,
    pause: () => child?.kill('SIGSTOP'),
    resume: () => child?.kill('SIGCONT'),
    stop,
  };
}

export function freePort(): number {
  const listening = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data: () => undefined } });
  const { port } = listening;
  listening.stop(true);
  return port;
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

async function serving(child: Subprocess, port: number, log: string): Promise<void> {
  const end = performance.now() + startWithinMs;
  while (!(await answers(port))) {
    const over = child.exitCode !== null || child.signalCode !== null;
    if (!over && performance.now() < end) continue;
    child.kill('SIGKILL');
    const words = (await Bun.file(log).text()).slice(-2_000);
    throw new Error(`the Redis server ${over ? 'ended while starting' : 'does not serve'}\n${words}`);
  }
}

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
