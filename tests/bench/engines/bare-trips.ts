// The reference: round trips through the drivers alone. One write that waits for a majority's journals, one message on its
// way from a producer through the broker to a consumer; nothing is read back, decided or logged.
import { Kafka, logLevel } from 'kafkajs';
import { MongoClient } from 'mongodb';
import { quietQueues } from '#src/adapters/kafka/quiet-queue.ts';
import { promptSockets } from '#src/adapters/kafka/sockets.ts';
import type { Servers } from '#tests/engines/deployment.ts';
import { until } from '#tests/support/until.ts';

export interface BareTrips {
  /** One write, then one message to its consumer. */
  one(): Promise<void>;
  /** So many of each, one after the other. */
  chain(writes: number, hops: number): Promise<void>;
  close(): Promise<void>;
}

const topic = 'bench-bare';
const partitions = 6;
const sentTogetherMax = 1_000;

/** @param bytes of each write and of each message */
export async function bareTrips(
  servers: Servers,
  bytes: { write: number; message: number },
): Promise<BareTrips> {
  const writing = await bareWrites(servers.MONGODB_URI, bytes.write);
  const hopping = await bareHops(servers.KAFKA_BROKERS, bytes.message);
  return {
    async one() {
      await writing.write();
      await hopping.hop();
    },
    async chain(writes, hops) {
      for (let number = 0; number < writes; number += 1) await writing.write();
      for (let number = 0; number < hops; number += 1) await hopping.hop();
    },
    async close() {
      await hopping.close();
      await writing.close();
    },
  };
}

async function bareWrites(
  uri: string,
  bytes: number,
): Promise<{ write(): Promise<void>; close(): Promise<void> }> {
  const client = new MongoClient(uri, { maxPoolSize: 32, writeConcern: { w: 'majority', journal: true } });
  const rows = client.db(`bench-bare-${crypto.randomUUID()}`).collection('rows');
  const body = 'x'.repeat(bytes);
  return {
    write: async () => void (await rows.insertOne({ body })),
    close: () => client.close(),
  };
}

interface Message {
  key: string;
  value: string;
}

async function bareHops(
  brokers: string,
  bytes: number,
): Promise<{ hop(): Promise<void>; close(): Promise<void> }> {
  quietQueues();
  const kafka = new Kafka({
    brokers: brokers.split(','),
    clientId: 'bench-bare',
    logLevel: logLevel.NOTHING,
    socketFactory: promptSockets,
  });
  await makeTopic(kafka);
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
  const consumer = kafka.consumer({ groupId: 'bench-bare', maxWaitTimeInMs: 500 });
  const arriving = new Map<string, () => void>();
  await producer.connect();
  await consumer.connect();
  await consumer.subscribe({ topics: [topic] });
  let joined = false;
  consumer.on('consumer.group_join', () => {
    joined = true;
  });
  await consumer.run({
    eachBatch: async ({ batch }) => {
      for (const { key } of batch.messages) {
        const arrived = String(key);
        arriving.get(arrived)?.();
        arriving.delete(arrived);
      }
    },
  });
  await until(() => joined, 30_000);
  const value = 'x'.repeat(bytes);
  const send = sendTogether((messages) => producer.send({ topic, acks: -1, messages: [...messages] }));
  return {
    async hop() {
      const key = crypto.randomUUID();
      const arrived = new Promise<void>((resolve) => arriving.set(key, resolve));
      await Promise.all([send({ key, value }), arrived]);
    },
    async close() {
      await consumer.disconnect();
      await producer.disconnect();
    },
  };
}

/** One request at a time with all that waits: a producer that counts takes no two at once. */
function sendTogether(
  request: (messages: readonly Message[]) => Promise<unknown>,
): (message: Message) => Promise<void> {
  const waiting: { message: Message; resolve(): void; reject(error: unknown): void }[] = [];
  let busy = false;
  async function sendAll(): Promise<void> {
    await Promise.resolve();
    while (waiting.length > 0) {
      const batch = waiting.splice(0, sentTogetherMax);
      const outcome = request(batch.map(({ message }) => message));
      await outcome.then(
        () => batch.forEach(({ resolve }) => void resolve()),
        (error: unknown) => batch.forEach(({ reject }) => void reject(error)),
      );
    }
    busy = false;
  }
  return (message) =>
    new Promise((resolve, reject) => {
      waiting.push({ message, resolve, reject });
      if (busy) return;
      busy = true;
      void sendAll();
    });
}

async function makeTopic(kafka: Kafka): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    await admin.createTopics({ topics: [{ topic, numPartitions: partitions, replicationFactor: 1 }] });
    const serves = (): Promise<boolean> =>
      admin.fetchTopicOffsets(topic).then(
        (found) => found.length === partitions,
        () => false,
      );
    await until(serves, 30_000);
  } finally {
    await admin.disconnect();
  }
}
