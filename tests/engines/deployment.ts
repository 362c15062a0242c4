// The compiled binary as an operator spreads it: a process for each role, each with a folder of its own, on real servers.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Subprocess } from 'bun';
import { binaryPath } from '#tests/support/binary.ts';
import { until } from '#tests/support/until.ts';

/** One seat for each role; sandboxes of this machine are made and watched by one process. */
export const oneForEachRole = {
  api: 'api',
  orchestrator: 'saga-orchestrator',
  worker: 'k8s-worker,pod-monitor',
  results: 'result-processor',
  letters: 'dlq-processor',
  events: 'event-replay',
} as const;

/** So that of each role one can be stopped, and another goes on. */
export const twoForEachRole = {
  'api-1': 'api',
  'api-2': 'api',
  'back-1': 'saga-orchestrator,result-processor,dlq-processor,event-replay',
  'back-2': 'saga-orchestrator,result-processor,dlq-processor,event-replay',
  'worker-1': 'k8s-worker,pod-monitor',
  'worker-2': 'k8s-worker,pod-monitor',
} as const;

export interface Servers {
  MONGODB_URI: string;
  KAFKA_BROKERS: string;
  REDIS_URL: string;
}

export interface DeploymentOptions {
  servers: Servers;
  /** Name of a process → the roles that it plays. */
  seats: Readonly<Record<string, string>>;
  environment?: Readonly<Record<string, string>>;
  /** In whose home interpreters are looked for as well. */
  home?: string;
  /** Data folders that are there already, by the name of the process; others are made and removed at the end. */
  folders?: Readonly<Record<string, string>>;
}

export interface Deployment {
  /** Address of the process of this name, which plays the api role. */
  url(name: string): string;
  setupToken(name: string): string | null;
  pid(name: string): number;
  names: readonly string[];
  servers: Servers;
  /** The name of its database. */
  database: string;
  /** Of its keys in Redis. */
  redisPrefix: string;
  /** Starts a process again after it was killed or stopped; resolves once its roles do their work. */
  start(name: string): Promise<void>;
  kill(name: string): Promise<void>;
  /** Drains it; answers its exit code. */
  stop(name: string): Promise<number>;
  pause(name: string): void;
  resume(name: string): void;
  /** Ended by itself, which no process should: its name and what it printed. */
  fallen(): string[];
  printed(name: string): string;
  /** Stops every process and removes the folders. Answers what was not in order. */
  close(): Promise<string[]>;
}

interface Seat {
  child: Subprocess<'ignore', 'pipe', 'pipe'> | null;
  printed: string;
  port: number;
  url: string;
  setupToken: string | null;
}

/** Nine processes at once make the topics of a new cluster on two cores. */
const readyWithinMs = 120_000;

export const serversHere = (): Servers => ({
  MONGODB_URI: given('MONGODB_URI'),
  KAFKA_BROKERS: given('KAFKA_BROKERS'),
  REDIS_URL: given('REDIS_URL'),
});

function given(name: keyof Servers): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`${name} is needed: run npm run test:engines`);
  return value;
}

/** Starts nothing yet; a name of its own keeps its database, topics and keys apart from all others. */
export async function createDeployment(options: DeploymentOptions): Promise<Deployment> {
  const { seats, servers, environment = {}, folders = {} } = options;
  const folder = await mkdtemp(join(tmpdir(), 'greenroom-fleet-'));
  const mark = crypto.randomUUID().slice(0, 8);
  const common = {
    PATH: process.env.PATH,
    HOME: options.home ?? folder,
    SECRET_KEY: `secret of ${mark} that is long enough`,
    ...servers,
    GREENROOM_MONGODB_DATABASE: `fleet-${mark}`,
    GREENROOM_KAFKA_TOPIC_PREFIX: `fleet-${mark}.`,
    GREENROOM_REDIS_PREFIX: `fleet-${mark}:`,
    GREENROOM_KAFKA_PARTITIONS: '3',
    ...environment,
  };
  const places = new Map<string, Seat>(
    Object.keys(seats).map((name) => [
      name,
      { child: null, printed: '', port: 0, url: '', setupToken: null },
    ]),
  );
  const seatOf = (name: string): Seat => {
    const seat = places.get(name);
    if (seat === undefined) throw new Error(`there is no process ${name}`);
    return seat;
  };

  async function start(name: string): Promise<void> {
    const seat = seatOf(name);
    const before = seat.printed.length;
    const child = Bun.spawn([binaryPath, 'serve', '--config', resolve('config.test.toml')], {
      env: {
        ...common,
        ROLES: seats[name] ?? '',
        DATA_DIR: folders[name] ?? join(folder, name),
        PORT: String(seat.port),
      },
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'pipe',
    });
    seat.child = child;
    for (const stream of [child.stdout, child.stderr]) void collect(stream, (text) => (seat.printed += text));
    const found = (pattern: RegExp): string | undefined => pattern.exec(seat.printed.slice(before))?.[1];
    await until(() => {
      if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode}:\n${seat.printed}`);
      return found(/(?:listens on|Greenroom plays) (\S+)/) !== undefined;
    }, readyWithinMs).catch((error: unknown) => {
      throw new Error(`${name} did not start:\n${seat.printed.slice(-4_000)}`, { cause: error });
    });
    seat.url = found(/listens on (http:\/\/\S+)/) ?? '';
    seat.setupToken = found(/\/setup\?token=(\S+)/) ?? null;
    if (seat.url !== '') seat.port = Number(new URL(seat.url).port);
  }

  async function end(name: string, signal: 'SIGTERM' | 'SIGKILL'): Promise<number> {
    const seat = seatOf(name);
    const { child } = seat;
    if (child === null) return 0;
    child.kill('SIGCONT');
    child.kill(signal);
    const code = await child.exited;
    seat.child = null;
    return code;
  }

  return {
    names: [...places.keys()],
    servers,
    database: common.GREENROOM_MONGODB_DATABASE,
    redisPrefix: common.GREENROOM_REDIS_PREFIX,
    url: (name) => seatOf(name).url,
    setupToken: (name) => seatOf(name).setupToken,
    pid: (name) => seatOf(name).child?.pid ?? 0,
    start,
    async kill(name) {
      await end(name, 'SIGKILL');
    },
    stop: (name) => end(name, 'SIGTERM'),
    pause: (name) => seatOf(name).child?.kill('SIGSTOP'),
    resume: (name) => seatOf(name).child?.kill('SIGCONT'),
    fallen: () =>
      [...places].flatMap(([name, { child, printed }]) =>
        child !== null && child.exitCode !== null
          ? [`${name} (${child.exitCode}): ${printed.slice(-2_000)}`]
          : [],
      ),
    printed: (name) => seatOf(name).printed,
    async close() {
      // Who speaks to people stops first, as in one process.
      const problems: string[] = [];
      for (const name of places.keys()) {
        const code = await end(name, 'SIGTERM');
        if (code !== 0) problems.push(`${name} ended with ${code}: ${seatOf(name).printed.slice(-2_000)}`);
      }
      await rm(folder, { recursive: true, force: true });
      return problems;
    },
  };
}

async function collect(stream: ReadableStream<Uint8Array>, take: (text: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  for await (const chunk of stream) take(decoder.decode(chunk, { stream: true }));
}
