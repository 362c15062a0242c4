// One real Kafka broker of its own for tests, from Maven's jars; needs Java 17 and Maven.
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { quietQueues } from '#src/adapters/kafka/quiet-queue.ts';
import { brokerSettings, exists, formatKafka, installKafka, javaOptions } from './kafka/install.ts';
import type { ServerOptions, TestServer } from './server.ts';
import { freePort, serverFolder, serverProcess } from './server-process.ts';

export interface KafkaOptions extends ServerOptions {
  /** Beside the open one, each as `PROTOCOL://127.0.0.1:PORT`. */
  listeners?: readonly string[];
  /** Further lines of the broker's properties. */
  properties?: string;
  /** Further words for the tool that formats its data folder. */
  formatting?: readonly string[];
}

export async function startKafka(options: KafkaOptions = {}): Promise<TestServer> {
  quietQueues();
  const installation = await installKafka();
  const folder = await serverFolder(options, 'kafka');
  const data = join(folder, 'data');
  const port = options.port ?? freePort();
  const url = `127.0.0.1:${port}`;
  const settings = join(folder, 'server.properties');
  const place = { port, controllerPort: freePort(), data };
  const server = await serverProcess({
    name: 'the Kafka broker',
    folder,
    command: () => ['java', ...javaOptions, '-cp', installation.jars, 'kafka.Kafka', settings],
    async prepare() {
      await Bun.write(settings, await brokerSettings(place, options.listeners, options.properties));
      if (options.formatting !== undefined)
        await formatKafka(installation.jars, settings, options.formatting);
      else if (!(await exists(data))) await cp(installation.formatted, data, { recursive: true });
    },
    serves: () => answers(url),
  });
  return { url, ...server };
}

/** It is in the metadata and coordinates groups, for which it has to make its internal topic first. */
async function answers(address: string): Promise<boolean> {
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
    return true;
  } finally {
    await admin.disconnect();
  }
}
