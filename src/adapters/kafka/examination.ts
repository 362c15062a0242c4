// What an operator wants to know of the cluster before the start. Nothing is made in it, not even a topic.
import { type Admin, ConfigResourceTypes } from 'kafkajs';
import { DomainError, isDomainError, isUnavailable } from '#src/domain/errors.ts';
import { eventTypes } from '#src/domain/events.ts';
import { openClients } from './client.ts';
import { checkOptions, type KafkaOptions } from './options.ts';
import { openQuestions } from './questions.ts';
import { topicOf } from './topics.ts';

export interface KafkaFacts {
  /** Those that are there. */
  brokers: number;
  /** Topics of ours that exist. */
  topics: readonly TopicFacts[];
  /** How many there should be. */
  topicsWanted: number;
}

export interface TopicFacts {
  name: string;
  partitions: number;
  /** The fewest copies of any partition. */
  replicas: number;
  /** Partitions that nobody serves. */
  leaderless: number;
  /** Partitions with a copy that is behind or away. */
  lagging: number;
  settings: ReadonlyMap<string, string>;
}

const settingNames = ['retention.ms', 'min.insync.replicas', 'cleanup.policy', 'max.message.bytes'];
const answerWithinMs = 10_000;

/** Rejects with a sentence for the operator. */
export async function examineKafka(options: KafkaOptions): Promise<KafkaFacts> {
  checkOptions(options);
  const { clock, logger, brokers } = options;
  const questions = openQuestions(openClients(options).asking, clock, logger);
  try {
    return await questions.ask((admin) => factsOf(admin, options.prefix), answerWithinMs);
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    const sentence = `Kafka at ${brokers.join(', ')} does not let us in within ${answerWithinMs / 1_000} s`;
    throw new DomainError('infrastructure', sentence, { detail: firstWords(error), cause: error });
  } finally {
    await questions.close();
  }
}

async function factsOf(admin: Admin, prefix: string): Promise<KafkaFacts> {
  const { brokers } = await admin.describeCluster();
  const there = new Set(await admin.listTopics());
  const names = eventTypes.map((type) => topicOf(prefix, type)).filter((name) => there.has(name));
  return {
    brokers: brokers.length,
    topicsWanted: eventTypes.length,
    topics: names.length === 0 ? [] : await topicFacts(admin, names),
  };
}

async function topicFacts(admin: Admin, names: string[]): Promise<TopicFacts[]> {
  const { topics } = await admin.fetchTopicMetadata({ topics: names });
  const resources = names.map((name) => ({
    type: ConfigResourceTypes.TOPIC,
    name,
    configNames: settingNames,
  }));
  const described = await admin.describeConfigs({ resources, includeSynonyms: false });
  const settings = new Map(
    described.resources.map(({ resourceName, configEntries }) => [
      resourceName,
      new Map(configEntries.map(({ configName, configValue }) => [configName, configValue])),
    ]),
  );
  return topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.length,
    replicas: Math.min(...partitions.map(({ replicas }) => replicas.length)),
    leaderless: partitions.filter(({ leader }) => leader < 0).length,
    lagging: partitions.filter(({ isr, replicas }) => isr.length < replicas.length).length,
    settings: settings.get(name) ?? new Map<string, string>(),
  }));
}

/** Of a failure, or of the first of several. */
function firstWords(cause: unknown): string {
  if (cause instanceof Error && 'errors' in cause && Array.isArray(cause.errors))
    return firstWords(cause.errors[0]);
  if (isDomainError(cause)) return firstWords(cause.cause);
  return cause instanceof Error ? cause.message.slice(0, 200) : 'no answer';
}
