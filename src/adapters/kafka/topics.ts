// One topic for each type of event, made by us. Several processes may do this at once.
import type { Admin, ITopicConfig } from 'kafkajs';
import { type EventType, eventTypes } from '#src/domain/events.ts';
import type { KafkaOptions } from './options.ts';
import { planTopics } from './topic-plan.ts';

export const topicOf = (prefix: string, type: EventType): string => `${prefix}${type}`;

type TopicSettings = Pick<KafkaOptions, 'prefix' | 'partitions' | 'replication' | 'retentionMs'>;

const probedEach = 10;

/**
 * Makes what is missing, and waits until it is served. Answers how many partitions each topic has.
 * @throws DomainError with a sentence for the operator when what exists does not fit
 */
export async function ensureTopics(admin: Admin, settings: TopicSettings): Promise<number> {
  const names = eventTypes.map((type) => topicOf(settings.prefix, type));
  const { missing, partitions } = planTopics(names, await partitionsOf(admin, names), settings.partitions);
  if (missing.length > 0) {
    const topics = missing.map((name) => newTopic(name, partitions, settings));
    // False when another process made one of them first; what it made is looked at below.
    await admin.createTopics({ topics, waitForLeaders: false });
  }
  // What was just made is named before it is served, and all of it is served a moment after its first parts: some topics stand for
  // all. Asked one by one they keep a busy broker from making them. Who is too early asks again.
  const { topics: made } = await admin.fetchTopicMetadata({ topics: names });
  for (const name of names.filter((_, index) => index % probedEach === 0))
    await admin.fetchTopicOffsets(name);
  const found = new Map(made.map(({ name, partitions: each }) => [name, each.length]));
  return planTopics(names, found, settings.partitions).partitions;
}

async function partitionsOf(admin: Admin, names: readonly string[]): Promise<Map<string, number>> {
  const there = new Set(await admin.listTopics());
  const topics = names.filter((name) => there.has(name));
  if (topics.length === 0) return new Map();
  const { topics: found } = await admin.fetchTopicMetadata({ topics });
  return new Map(found.map(({ name, partitions }) => [name, partitions.length]));
}

function newTopic(
  topic: string,
  numPartitions: number,
  { replication, retentionMs }: TopicSettings,
): ITopicConfig {
  const configEntries = [
    { name: 'cleanup.policy', value: 'delete' },
    { name: 'retention.ms', value: String(retentionMs) },
    // What is acknowledged survives the loss of a broker wherever there are brokers for it.
    { name: 'min.insync.replicas', value: replication > 2 ? '2' : '1' },
  ];
  return { topic, numPartitions, replicationFactor: replication, configEntries };
}
