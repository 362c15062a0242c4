// What the doctor says of servers, by the facts: each thing that is wrong is told with what to do, and nothing else is.
import { describe, expect, test } from 'bun:test';
import type { KafkaFacts, TopicFacts } from '#src/adapters/kafka/examination.ts';
import type { MongoFacts } from '#src/adapters/mongo/examination.ts';
import type { RedisFacts } from '#src/adapters/redis/examination.ts';
import { kafkaVerdict, mongoVerdict, redisVerdict } from '#src/doctor/server-verdicts.ts';

const mongo: MongoFacts = {
  hosts: 'db:27017',
  version: '7.0.1',
  alone: false,
  takesWrites: true,
  members: 3,
  persistent: true,
  migrationUnfinished: false,
  clockAheadMs: -3.4,
};

describe('mongodb', () => {
  test('a replica set in order', () => {
    const { well, words } = mongoVerdict(mongo);
    expect(well).toBe(true);
    expect(words).toStartWith('db:27017, version 7.0.1, a replica set of 3,');
    expect(words).toEndWith('its clock -3 ms from here');
  });
  test('one that stands alone, or does not say where it stores, serves', () => {
    const { well, words } = mongoVerdict({ ...mongo, alone: true, members: null, persistent: null });
    expect([well, words]).toEqual([true, expect.stringContaining('better a replica set')]);
  });
  test.each<[Partial<MongoFacts>, string]>([
    [{ takesWrites: false }, 'it is no primary'],
    [{ persistent: false }, 'in memory alone'],
    [{ migrationUnfinished: true }, 'run greenroom migrate again'],
    [{ clockAheadMs: -61_000 }, 'set them (NTP)'],
  ])('%o is a problem', (facts, words) => {
    const check = mongoVerdict({ ...mongo, ...facts });
    expect([check.well, check.words]).toEqual([false, expect.stringContaining(words)]);
  });
  test('all problems are told in one line', () => {
    expect(mongoVerdict({ ...mongo, takesWrites: false, persistent: false }).words).toMatch(
      /no primary.*; .*memory/,
    );
  });
});

const redis: RedisFacts = {
  place: 'cache:6379',
  version: '7.2',
  role: 'master',
  mode: 'standalone',
  evictionPolicy: 'noeviction',
  memoryMax: 64 * 1024 ** 2,
  memoryUsed: 1024 ** 2,
  clockAheadMs: 0,
};

describe('redis', () => {
  test.each<[Partial<RedisFacts>]>([[{}], [{ evictionPolicy: 'allkeys-lru', memoryMax: 0 }]])(
    '%o serves',
    (facts) => {
      expect(redisVerdict({ ...redis, ...facts }).well).toBe(true);
    },
  );
  test.each<[Partial<RedisFacts>, string]>([
    [{ evictionPolicy: 'allkeys-lru' }, 'set maxmemory-policy noeviction'],
    [{ role: 'slave' }, 'takes no writes'],
    [{ mode: 'cluster' }, 'redirections are not followed'],
    [{ clockAheadMs: 90_000 }, 'set them (NTP)'],
  ])('%o is a problem', (facts, words) => {
    const check = redisVerdict({ ...redis, ...facts });
    expect([check.well, check.words]).toEqual([false, expect.stringContaining(words)]);
  });
});

const settings = {
  'retention.ms': '1000',
  'min.insync.replicas': '2',
  'cleanup.policy': 'delete',
  'max.message.bytes': '1048588',
};
const topic = (
  name: string,
  facts: Partial<TopicFacts> = {},
  changed: Record<string, string> = {},
): TopicFacts => ({
  name,
  partitions: 6,
  replicas: 3,
  leaderless: 0,
  lagging: 0,
  settings: new Map(Object.entries({ ...settings, ...changed })),
  ...facts,
});
const kafka = (topics: readonly TopicFacts[], brokers = 3): KafkaFacts => ({
  brokers,
  topics,
  topicsWanted: 2,
});
const wanted = { partitions: 6, replication: 3, retentionMs: 1_000 };

describe('kafka', () => {
  test.each<[string, readonly TopicFacts[]]>([
    ['before the first start', []],
    ['with topics as they are made', [topic('one'), topic('two')]],
    [
      'with more than is asked for',
      [topic('one', { partitions: 12 }, { 'retention.ms': '-1' }), topic('two', { partitions: 12 })],
    ],
  ])('%s it serves', (_, topics) => {
    expect(kafkaVerdict(kafka(topics), wanted).well).toBe(true);
  });
  test.each<[string, TopicFacts, string]>([
    ['other partitions', topic('two', { partitions: 3 }), 'all topics need the same number'],
    ['no leader', topic('two', { leaderless: 1 }), 'no broker serves'],
    ['a copy behind', topic('two', { lagging: 1 }), 'behind or away'],
    ['fewer copies', topic('two', { replicas: 1 }), "add copies with Kafka's tools"],
    ['too few in sync', topic('two', {}, { 'min.insync.replicas': '1' }), 'needs min.insync.replicas 2'],
    ['a short retention', topic('two', {}, { 'retention.ms': '999' }), 'retention.ms below'],
    ['compaction', topic('two', {}, { 'cleanup.policy': 'compact' }), 'loses events'],
    ['small messages', topic('two', {}, { 'max.message.bytes': '1000' }), 'no large messages'],
  ])('%s is a problem of that topic', (_, odd, words) => {
    const check = kafkaVerdict(kafka([topic('one'), odd]), wanted);
    expect([check.well, check.words]).toEqual([false, expect.stringContaining(words)]);
    expect(check.words).toContain('two');
    expect(check.words).not.toContain('more)');
  });
  test('fewer partitions than are set, and fewer brokers than copies, are problems', () => {
    const few = [topic('one', { partitions: 3 }), topic('two', { partitions: 3 })];
    expect(kafkaVerdict(kafka(few), wanted).words).toContain('the setting says 6');
    expect(kafkaVerdict(kafka([], 1), wanted)).toMatchObject({ well: false });
    expect(kafkaVerdict(kafka([topic('one'), topic('two')], 1), wanted)).toMatchObject({ well: true });
  });
  test('a problem of many topics is told once', () => {
    const { words } = kafkaVerdict(
      kafka([topic('one', { lagging: 1 }), topic('two', { lagging: 2 })]),
      wanted,
    );
    expect(words.match(/behind or away/g)).toHaveLength(1);
    expect(words).toContain('one (and 1 more)');
  });
});
