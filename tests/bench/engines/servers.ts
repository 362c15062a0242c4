// One server of each kind, started for the bench, and what its work takes of this machine's processors.
import type { Servers } from '#tests/engines/deployment.ts';
import { startKafka } from '#tests/engines/servers/kafka.ts';
import { startMongoDb } from '#tests/engines/servers/mongodb.ts';
import { startRedis } from '#tests/engines/servers/redis.ts';
import type { TestServer } from '#tests/engines/servers/server.ts';
import { processorTicks } from '#tests/support/process-figures.ts';

export interface BenchServers {
  addresses: Servers;
  /** Milliseconds of processor that each took since it began, by its name. */
  processorMs(): Promise<Record<string, number>>;
  stop(): Promise<void>;
}

const msOfTick = 10;

export async function startServers(): Promise<BenchServers> {
  const starting = await Promise.allSettled([startMongoDb(), startKafka(), startRedis()]);
  const started = starting.flatMap((result): TestServer[] =>
    result.status === 'fulfilled' ? [result.value] : [],
  );
  const stop = async (): Promise<void> => {
    await Promise.all(started.map((server) => server.stop()));
  };
  const [mongodb, kafka, redis] = started;
  if (mongodb === undefined || kafka === undefined || redis === undefined) {
    await stop();
    throw new Error(
      starting.flatMap((result) => (result.status === 'rejected' ? [String(result.reason)] : [])).join('\n'),
    );
  }
  const named = { MongoDB: mongodb, Kafka: kafka, Redis: redis };
  return {
    addresses: { MONGODB_URI: mongodb.url, KAFKA_BROKERS: kafka.url, REDIS_URL: redis.url },
    async processorMs() {
      const each = Object.entries(named).map(
        async ([name, server]) => [name, (await processorTicks(server.pid())) * msOfTick] as const,
      );
      return Object.fromEntries(await Promise.all(each));
    },
    stop,
  };
}
