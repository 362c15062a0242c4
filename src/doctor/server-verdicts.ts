// What the facts about MongoDB, Kafka and Redis mean for an operator, against the settings: one line for each server. Pure.
import type { KafkaFacts, TopicFacts } from '#src/adapters/kafka/examination.ts';
import { planTopics } from '#src/adapters/kafka/topic-plan.ts';
import type { MongoFacts } from '#src/adapters/mongo/examination.ts';
import type { RedisFacts } from '#src/adapters/redis/examination.ts';
import { isDomainError } from '#src/domain/errors.ts';
import { messageBytesMax } from '#src/domain/sizes.ts';
import { type Check, well, wrong } from './check.ts';

/** Problems come first, as they are what is to be done; without any, the line says what was found. */
const verdict = (name: string, found: string, problems: readonly string[]): Check =>
  problems.length === 0 ? well(name, found) : wrong(name, `${problems.join('; ')} (${found})`);

const clockMsMax = 60_000;
const clockProblems = (aheadMs: number): string[] =>
  Math.abs(aheadMs) > clockMsMax
    ? ['its clock and that of this machine differ by a minute: set them (NTP)']
    : [];
const clockWords = (aheadMs: number): string => `its clock ${signed(Math.round(aheadMs))} ms from here`;
const signed = (value: number): string => (value < 0 ? `${value}` : `+${value}`);

export function mongoVerdict(facts: MongoFacts): Check {
  const { alone, members, takesWrites, persistent, migrationUnfinished, clockAheadMs } = facts;
  const problems = [
    ...(takesWrites ? [] : ['it is no primary, and takes no writes: name the whole replica set']),
    ...(persistent === false ? ['it keeps its data in memory alone: use another storage engine'] : []),
    ...(migrationUnfinished
      ? ['the database holds only a part of what is migrated into it: run greenroom migrate again to its end']
      : []),
    ...clockProblems(clockAheadMs),
  ];
  const standing = alone
    ? 'alone, so what it acknowledged is lost with its disk: better a replica set'
    : members === null
      ? 'a router'
      : `a replica set of ${members}`;
  const writing = 'writes wait for the journals of a majority';
  const found = [facts.hosts, `version ${facts.version}`, standing, writing, clockWords(clockAheadMs)];
  return verdict('mongodb', found.join(', '), problems);
}

export function redisVerdict(facts: RedisFacts): Check {
  const { role, mode, evictionPolicy, memoryMax, clockAheadMs } = facts;
  const evicts = evictionPolicy !== 'noeviction' && memoryMax > 0;
  const problems = [
    ...(role === 'master' ? [] : [`it is a ${role}, and takes no writes: name the primary`]),
    ...(mode === 'cluster'
      ? ['it is a cluster, whose redirections are not followed: use a single server']
      : []),
    ...(evicts ? [`it forgets what it was given (${evictionPolicy}): set maxmemory-policy noeviction`] : []),
    ...clockProblems(clockAheadMs),
  ];
  const room =
    memoryMax === 0 ? 'no limit of memory' : `${mebibytes(facts.memoryUsed)} of ${mebibytes(memoryMax)} MiB`;
  const found = `${facts.place}, version ${facts.version}, ${room}, ${evictionPolicy}, ${clockWords(clockAheadMs)}`;
  return verdict('redis', found, problems);
}

const mebibytes = (bytes: number): number => Math.round(bytes / 1024 ** 2);

export interface TopicsWanted {
  partitions: number;
  replication: number;
  retentionMs: number;
}

export function kafkaVerdict(facts: KafkaFacts, wanted: TopicsWanted): Check {
  const { brokers, topics, topicsWanted } = facts;
  const found = `brokers ${brokers}, topics ${topics.length} of ${topicsWanted}`;
  const missing = topicsWanted - topics.length;
  const tooFew =
    missing > 0 && wanted.replication > brokers
      ? [`kafka.replication asks for ${wanted.replication} brokers, and ${brokers} are there`]
      : [];
  const shape = [
    ...new Set(topics.map(({ partitions, replicas }) => `${partitions} partitions × ${replicas}`)),
  ];
  const more = missing > 0 ? ', the first start makes those that are missing' : '';
  return verdict('kafka', [found, ...shape].join(', ') + more, [
    ...tooFew,
    ...planProblems(topics, wanted.partitions),
    ...topicProblems(topics, wanted),
  ]);
}

/** What would refuse a start. */
function planProblems(topics: readonly TopicFacts[], partitions: number): string[] {
  const found = new Map(topics.map((topic) => [topic.name, topic.partitions]));
  try {
    planTopics([...found.keys()], found, partitions);
    return [];
  } catch (error) {
    if (isDomainError(error)) return [error.message];
    throw error;
  }
}

/** Each with the first topic that has it, since most have all or none. */
function topicProblems(topics: readonly TopicFacts[], wanted: TopicsWanted): string[] {
  const replicasInSyncMin = wanted.replication > 2 ? 2 : 1;
  const numberOf = (topic: TopicFacts, setting: string): number =>
    Number(topic.settings.get(setting) ?? Number.NaN);
  const rules: readonly [(topic: TopicFacts) => boolean, string][] = [
    [({ leaderless }) => leaderless > 0, 'has partitions that no broker serves: bring the brokers back'],
    [({ lagging }) => lagging > 0, 'has copies that are behind or away: bring the brokers back'],
    [
      ({ replicas }) => replicas < wanted.replication,
      `has fewer copies than kafka.replication, which counts when a topic is made: add copies with Kafka's tools`,
    ],
    [
      (topic) => numberOf(topic, 'min.insync.replicas') < replicasInSyncMin,
      `needs min.insync.replicas ${replicasInSyncMin}`,
    ],
    [
      (topic) => isShorter(numberOf(topic, 'retention.ms'), wanted.retentionMs),
      'has a retention.ms below retention.events_days: raise it',
    ],
    [
      (topic) => (topic.settings.get('cleanup.policy') ?? 'delete') !== 'delete',
      'is compacted, which loses events: set cleanup.policy delete',
    ],
    [
      (topic) => numberOf(topic, 'max.message.bytes') < 2 * messageBytesMax,
      'takes no large messages: set max.message.bytes 1048576',
    ],
  ];
  return rules.flatMap(([holds, words]) => {
    const those = topics.filter(holds);
    const [first] = those;
    if (first === undefined) return [];
    const others = those.length > 1 ? ` (and ${those.length - 1} more)` : '';
    return [`${first.name}${others} ${words}`];
  });
}

/** -1 is for ever. */
const isShorter = (retentionMs: number, wantedMs: number): boolean =>
  retentionMs >= 0 && retentionMs < wantedMs;
