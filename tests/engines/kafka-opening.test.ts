// Opening a bus on a real broker: the topics it makes, what it refuses, and the ways in: passwords and TLS.
import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigResourceTypes } from 'kafkajs';
import { openClients } from '#src/adapters/kafka/client.ts';
import { eventTypes } from '#src/domain/events.ts';
import { sampleEvent } from '#tests/contract/sample-event.ts';
import { until } from '#tests/support/until.ts';
import {
  asAdmin,
  hearing,
  type KafkaWorld,
  kafkaBrokers,
  kafkaOptions,
  kafkaPartitions,
  kafkaWorld,
  untilHeard,
} from './kafka-world.ts';
import { lockedBy, newCertificate } from './servers/kafka/locks.ts';
import { startKafka } from './servers/kafka.ts';
import type { TestServer } from './servers/server.ts';
import { enginesFolder, freePort } from './servers/server-process.ts';

/** Brokers start, sessions end and topics are made in seconds, on a machine under load in more. */
setDefaultTimeout(60_000);

const brokers = kafkaBrokers();
const worlds: KafkaWorld[] = [];
const newWorld: typeof kafkaWorld = (...settings) => {
  const world = kafkaWorld(...settings);
  worlds.push(world);
  return world;
};
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
});

const refusalOf = (opening: Promise<unknown>): Promise<string> => opening.then(() => 'opened', String);

/** Somebody made a topic before us. */
const firstTopic = ({ prefix }: KafkaWorld, numPartitions: number): Promise<void> =>
  asAdmin(brokers, async (admin) => {
    const topic = `${prefix}${eventTypes[0]}`;
    await admin.createTopics({ topics: [{ topic, numPartitions }], waitForLeaders: false });
    await until(async () => (await admin.listTopics()).includes(topic));
  });

describe('opening', () => {
  test('makes one topic for each type of event, with the partitions and the retention that are set', async () => {
    const world = newWorld(brokers, { retentionMs: 86_400_123 });
    await world.open();
    const names = eventTypes.map((type) => `${world.prefix}${type}`);
    const { topics, retention } = await asAdmin(brokers, async (admin) => {
      const resources = [{ type: ConfigResourceTypes.TOPIC, name: names[0] ?? '' }];
      const { resources: found } = await admin.describeConfigs({ resources, includeSynonyms: false });
      const entry = found[0]?.configEntries.find(({ configName }) => configName === 'retention.ms');
      return { ...(await admin.fetchTopicMetadata({ topics: names })), retention: entry?.configValue };
    });
    expect(topics.map(({ partitions }) => partitions.length)).toEqual(names.map(() => kafkaPartitions));
    expect(retention).toBe('86400123');
  });

  test('works for several processes that start at once, and each can publish at once', async () => {
    const world = newWorld(brokers);
    const buses = await Promise.all([1, 2, 3].map(() => world.open()));
    const heard = hearing();
    await buses[0]?.subscribe({ group: 'g', topics: ['pod_overdue'], handle: heard.handle });
    await Promise.all(buses.map((bus, index) => bus.publish([sampleEvent(`e${index}`, 'a', 'pod_overdue')])));
    await untilHeard(heard, 3);
  });

  test('takes topics with more partitions as they are', async () => {
    const world = newWorld(brokers);
    await firstTopic(world, 4);
    await world.open();
    const found = await asAdmin(brokers, (admin) =>
      admin.fetchTopicMetadata({ topics: [`${world.prefix}${eventTypes[1]}`] }),
    );
    expect(found.topics[0]?.partitions).toHaveLength(4);
  });

  test('refuses topics with fewer partitions, and copies that there are no brokers for', async () => {
    const world = newWorld(brokers);
    await firstTopic(world, 2);
    expect(await refusalOf(world.open())).toContain('its topics have 2 partitions and the setting says 3');
    const copies = await refusalOf(newWorld(brokers, { replication: 3 }).open());
    expect(copies).toContain('did not let us in within 15 s');
    expect(copies.toLowerCase()).toContain('replication');
  });

  test('a record that none of us wrote is skipped', async () => {
    const world = newWorld(brokers);
    const bus = await world.open();
    const heard = hearing();
    const { lag } = await bus.subscribe({ group: 'g', topics: ['pod_overdue'], handle: heard.handle });
    const stranger = openClients(kafkaOptions(brokers, '')).asking.producer();
    await stranger.connect();
    const topic = `${world.prefix}pod_overdue`;
    await stranger.send({ topic, messages: [{ key: 'a', value: 'hello' }] });
    await stranger.disconnect();
    await bus.publish([sampleEvent('e1', 'a', 'pod_overdue')]);
    await untilHeard(heard, 1);
    await until(async () => (await lag()) === 0);
  });
});

describe('a broker behind passwords and TLS', () => {
  const username = 'greenroom';
  const password = 'correct horse battery';
  const ports = { plain: freePort(), scram: freePort() };
  let folder: string;
  let server: TestServer | null = null;
  let ca: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(enginesFolder, 'kafka-keys-'));
    ca = await newCertificate(folder);
    const scram = (mechanism: string) => [
      '--add-scram',
      `${mechanism}=[name=${username},password=${password}]`,
    ];
    server = await startKafka({
      listeners: [`SASL_PLAINTEXT://127.0.0.1:${ports.plain}`, `SASL_SSL://127.0.0.1:${ports.scram}`],
      formatting: [...scram('SCRAM-SHA-256'), ...scram('SCRAM-SHA-512')],
      properties: lockedBy({ pem: join(folder, 'server.pem'), username, password }),
    });
  }, 90_000);
  afterAll(async () => {
    await server?.stop();
    await rm(folder, { recursive: true });
  });

  test.each([
    ['plain', ports.plain, false],
    ['plain', ports.scram, true],
    ['scram-sha-256', ports.scram, true],
    ['scram-sha-512', ports.scram, true],
  ] as const)('lets in who brings them: %s on port %d, TLS: %p', async (mechanism, port, isTls) => {
    const world = newWorld([`127.0.0.1:${port}`], {
      sasl: { mechanism, username, password },
      tls: isTls ? { ca } : undefined,
    });
    const bus = await world.open();
    const heard = hearing();
    await bus.subscribe({ group: 'g', topics: ['pod_overdue'], handle: heard.handle });
    await bus.publish([sampleEvent('e1', 'a', 'pod_overdue')]);
    await untilHeard(heard, 1);
  });

  test("refuses who does not, and is refused when its certificate is nobody's, each with a sentence", async () => {
    const wrong = { mechanism: 'plain', username, password: 'wrong' } as const;
    const [stranger, unknown] = await Promise.all([
      refusalOf(newWorld([`127.0.0.1:${ports.plain}`], { sasl: wrong }).open()),
      refusalOf(newWorld([`127.0.0.1:${ports.scram}`], { sasl: { ...wrong, password }, tls: {} }).open()),
    ]);
    expect(stranger).toContain('Kafka cannot be used');
    expect(stranger).toContain('Invalid username or password');
    expect(unknown).toContain('certificate');
    expect(`${stranger} ${unknown}`).not.toContain(password);
  });
});
