// One real Kafka broker of its own for tests, from Maven's jars; needs Java 17 and Maven.
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { BunFile, Subprocess } from 'bun';
import { Kafka, logLevel } from 'kafkajs';
import { quietQueues } from '#src/adapters/kafka/quiet-queue.ts';
import { until } from '#tests/support/until.ts';
import {
  brokerSettings,
  enginesFolder,
  exists,
  formatKafka,
  installKafka,
  javaOptions,
} from './kafka/install.ts';
import type { ServerOptions, TestServer } from './server.ts';

export interface KafkaOptions extends ServerOptions {
  /** Beside the open one, each as `PROTOCOL://127.0.0.1:PORT`. */
  listeners?: readonly string[];
  /** Further lines of the broker's properties. */
  properties?: string;
  /** Further words for the tool that formats its data folder. */
  formatting?: readonly string[];
}

const startWithinMs = 60_000;
const stopWithinMs = 15_000;

export async function startKafka(options: KafkaOptions = {}): Promise<TestServer> {
  quietQueues();
  const installation = await installKafka();
  const folder = options.folder ?? (await mkdtemp(join(enginesFolder, 'kafka-run-')));
  await mkdir(folder, { recursive: true });
  const data = join(folder, 'data');
  const port = options.port ?? freePort();
  const url = `127.0.0.1:${port}`;
  const settings = join(folder, 'server.properties');
  const place = { port, controllerPort: freePort(), data };
  const logs = { stdout: Bun.file(join(folder, 'broker.log')), stderr: Bun.file(join(folder, 'java.log')) };
  const command = ['java', ...javaOptions, '-cp', installation.jars, 'kafka.Kafka', settings];
  let child: Subprocess | null = null;

  async function prepare(): Promise<void> {
    await Bun.write(settings, await brokerSettings(place, options.listeners, options.properties));
    if (options.formatting !== undefined) await formatKafka(installation.jars, settings, options.formatting);
    else if (!(await exists(data))) await cp(installation.formatted, data, { recursive: true });
  }

  async function start(): Promise<void> {
    const started = Bun.spawn(command, { stdin: 'ignore', ...logs });
    child = started;
    await serving(started, Object.values(logs), () => answers(url));
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
  try {
    await prepare();
    await start();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url,
    kill: () => end('SIGKILL'),
    restart: start,
    pid: () => child?.pid ?? 0,
    pause: () => child?.kill('SIGSTOP'),
    resume: () => child?.kill('SIGCONT'),
    stop,
  };
}

async function serving(
  child: Subprocess,
  logs: readonly BunFile[],
  asks: () => Promise<void>,
): Promise<void> {
  let trouble: unknown = null;
  const ended = (): boolean => child.exitCode !== null || child.signalCode !== null;
  const answered = async (): Promise<boolean> => {
    trouble = await asks().then(
      () => null,
      (error: unknown) => error,
    );
    return trouble === null || ended();
  };
  await until(answered, startWithinMs).catch((late: unknown) => {
    trouble ??= late;
  });
  if (trouble === null) return;
  const words = (await Promise.all(logs.map((log) => log.text())))
    .map((text) => text.slice(-2_000))
    .join('\n');
  const what = ended() ? 'ended while starting' : `does not serve within ${startWithinMs / 1_000} s`;
  throw new Error(`the Kafka broker ${what}: ${trouble}\n${words}`);
}

/** It is in the metadata and coordinates groups, for which it has to make its internal topic first. */
async function answers(address: string): Promise<void> {
  const client = new Kafka({
    brokers: [address],
    clientId: 'tests',
    logLevel: logLevel.NOTHING,
    connectionTimeout: 500,
    requestTimeout: 5_000,
    retry: { retries: 0, initialRetryTime: 50, maxRetryTime: 50 },
  });
  const admin = client.admin();
  try {
    await admin.connect();
    const { brokers } = await admin.describeCluster();
    if (brokers.length === 0) throw new Error('no broker in the metadata');
    await admin.describeGroups(['greenroom-tests']);
  } finally {
    await admin.disconnect();
  }
}

export function freePort(): number {
  const listening = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data: () => undefined } });
  const { port } = listening;
  listening.stop(true);
  return port;
}
