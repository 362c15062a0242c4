// The doctor in the distributed profile on real servers: in order, with faults that it must find, and standing still.
import { afterAll, expect, setDefaultTimeout, test } from 'bun:test';
import { resolve } from 'node:path';
import { Redis } from 'ioredis';
import { newDataDir, removeDataDir } from '#tests/support/binary.ts';
import { type Ended, greenroom } from '#tests/support/command.ts';
import { serversHere } from './deployment.ts';
import { asAdmin } from './kafka-world.ts';
import { startKafka } from './servers/kafka.ts';
import { startMongoDb } from './servers/mongodb.ts';
import { startRedis } from './servers/redis.ts';
import type { TestServer } from './servers/server.ts';

setDefaultTimeout(120_000);
const servers = serversHere();
const dataDir = await newDataDir();
const mark = crypto.randomUUID().slice(0, 8);
const own: TestServer[] = [];
afterAll(async () => {
  await Promise.all(own.map((server) => server.stop()));
  await removeDataDir(dataDir);
});

const doctor = (more: Record<string, string> = {}): Promise<Ended> =>
  greenroom(dataDir, ['doctor', '--config', resolve('config.test.toml')], {
    environment: {
      ...servers,
      SECRET_KEY: 'a secret key that is long enough',
      ROLES: 'saga-orchestrator',
      GREENROOM_MONGODB_DATABASE: `doctor-${mark}`,
      GREENROOM_KAFKA_TOPIC_PREFIX: `doctor-${mark}.`,
      GREENROOM_KAFKA_PARTITIONS: '3',
      ...more,
    },
  });

const lineOf = ({ out }: Ended, name: string): string =>
  out.split('\n').find((line) => line.includes(` ${name}: `)) ?? '';

test('servers in order are told, with their versions, and nothing is made on them', async () => {
  const { code, out, err } = await doctor();
  expect([code, err]).toEqual([0, '']);
  expect(out).toMatch(/^ok {7}mongodb: .*version \d.*its clock [-+]\d+ ms/m);
  expect(out).toMatch(/^ok {7}kafka: brokers 1, topics 0 of \d+/m);
  expect(out).toMatch(/^ok {7}redis: .*version \d.*noeviction/m);
  expect(out).toEndWith('Nothing is wrong\n');
  const topics = await asAdmin(servers.KAFKA_BROKERS.split(','), (admin) => admin.listTopics());
  expect(topics.filter((topic) => topic.startsWith(`doctor-${mark}`))).toEqual([]);
});

test('topics that do not fit the settings, and more copies than brokers, are problems', async () => {
  await asAdmin(servers.KAFKA_BROKERS.split(','), async (admin) => {
    const configEntries = [{ name: 'retention.ms', value: '1000' }];
    const topic = `doctor-${mark}.execution_requested`;
    await admin.createTopics({ topics: [{ topic, numPartitions: 1, configEntries }], waitForLeaders: true });
  });
  const ended = await doctor({ GREENROOM_KAFKA_REPLICATION: '3' });
  await asAdmin(servers.KAFKA_BROKERS.split(','), (admin) =>
    admin.deleteTopics({ topics: [`doctor-${mark}.execution_requested`] }),
  );
  expect(ended.code).toBe(1);
  const line = lineOf(ended, 'kafka');
  for (const words of [
    'asks for 3 brokers, and 1',
    'have 1 partitions and the setting says 3',
    'retention.ms below',
  ])
    expect(line).toContain(words);
  expect(ended.out).toEndWith('Problems: 1\n');
});

test('a cache that forgets, and passwords that are wrong, are problems', async () => {
  const [redis, mongo] = await Promise.all([
    startRedis({ password: 'right' }),
    startMongoDb({ credentials: { user: 'somebody', password: 'right' } }),
  ]);
  own.push(redis, mongo);
  const wrongOne = (url: string): string => url.replace('right', 'wrong');
  const wrong = await doctor({ REDIS_URL: wrongOne(redis.url), MONGODB_URI: wrongOne(mongo.url) });
  expect(wrong.code).toBe(1);
  expect(lineOf(wrong, 'mongodb')).toMatch(/^problem .*refuses the user or the password/);
  expect(lineOf(wrong, 'redis')).toMatch(/^problem .*WRONGPASS/);
  const client = new Redis(redis.url);
  await client.config('SET', 'maxmemory', '64mb', 'maxmemory-policy', 'allkeys-lru');
  client.disconnect();
  const forgetful = await doctor({ REDIS_URL: redis.url, MONGODB_URI: mongo.url });
  expect(lineOf(forgetful, 'redis')).toMatch(/^problem .*maxmemory-policy noeviction/);
  expect(lineOf(forgetful, 'mongodb')).toStartWith('ok ');
});

test('servers that stand still are problems, and the doctor comes to its end', async () => {
  const [redis, mongo, kafka] = await Promise.all([startRedis(), startMongoDb(), startKafka()]);
  own.push(redis, mongo, kafka);
  const addresses = { REDIS_URL: redis.url, MONGODB_URI: mongo.url, KAFKA_BROKERS: kafka.url };
  expect((await doctor(addresses)).code).toBe(0);
  for (const server of [redis, mongo, kafka]) server.pause();
  const ended = await doctor(addresses);
  for (const server of [redis, mongo, kafka]) server.resume();
  expect(ended.code).toBe(1);
  for (const name of ['mongodb', 'kafka', 'redis']) expect(lineOf(ended, name)).toStartWith('problem ');
});
