// The bus on Kafka: one topic for each type of event, the event's key as the record's. Once opened it lives through any
// outage: publishing says `unavailable`, subscriptions go on where they were.
import { isUnavailable } from '#src/domain/errors.ts';
import type { Bus, Subscribed } from '#src/ports/bus.ts';
import { openClients } from './client.ts';
import { type KafkaConsumer, openConsumer } from './consumer.ts';
import { eventRecord } from './event-record.ts';
import { groupLag } from './lag.ts';
import { checkOptions, type KafkaOptions, unfit } from './options.ts';
import { openPublisher } from './publisher.ts';
import { openQuestions, type Questions } from './questions.ts';
import { ensureTopics, topicOf } from './topics.ts';

export interface KafkaBus extends Bus {
  /** Whether the brokers answer, and what is published goes through. */
  ready(): Promise<boolean>;
  /** Closes the subscriptions too. */
  close(): Promise<void>;
}

const openWithinMs = 15_000;
/** Brokers that answer are given time to make the topics: many processes may begin at once on a new cluster. */
const makeWithinMs = 90_000;
const attemptMs = 8_000;
const askAgainMs = 250;
const askAgainMsMax = 2_000;
const readyWithinMs = 2_000;

/** Makes what topics are missing. @throws DomainError with a sentence for the operator when the brokers do not let us */
export async function kafkaBus(options: KafkaOptions): Promise<KafkaBus> {
  checkOptions(options);
  const { clock, logger, prefix } = options;
  const { lasting, asking } = openClients(options);
  const questions = openQuestions(asking, clock, logger);
  const partitions = await openTopics(questions, options);
  /** The driver waits for ever for a topic that is gone; the brokers may have lost it. */
  const onStuck = (): void => {
    questions
      .ask((admin) => ensureTopics(admin, options))
      .catch((error: unknown) =>
        logger.warn({ error }, 'publishing waits, and its topics cannot be looked at'),
      );
  };
  const publisher = openPublisher({ client: lasting, clock, logger, onStuck });
  const open = new Set<KafkaConsumer>();
  let closing: Promise<void> | null = null;

  async function closeAll(): Promise<void> {
    await Promise.all([...open].map((consumer) => consumer.close()));
    await publisher.close();
    await questions.close();
  }

  return {
    publish: async (events) => {
      if (events.length === 0) return;
      await publisher.publish(events.map((event) => eventRecord(event, topicOf(prefix, event.type))));
    },
    // Its topics remove events by their age.
    prune: async () => 0,
    async subscribe({ group, topics: types, handle, mayLag = false }): Promise<Subscribed> {
      const groupId = `${prefix}${group}`;
      const topics = types.map((type) => topicOf(prefix, type));
      const ports = { client: lasting, clock, logger };
      const consumer = await openConsumer(ports, { groupId, topics, partitions, handle, mayLag });
      open.add(consumer);
      return {
        close: () => consumer.close().finally(() => open.delete(consumer)),
        inFlight: consumer.inFlight,
        lag: async () => {
          await consumer.flush();
          return questions.ask((admin) => groupLag(admin, groupId, topics));
        },
      };
    },
    ready: async () => {
      if (publisher.stuck()) return false;
      const { brokers } = await questions
        .ask((admin) => admin.describeCluster(), readyWithinMs)
        .catch(() => ({ brokers: [] }));
      return brokers.length > 0;
    },
    close() {
      closing ??= closeAll();
      return closing;
    },
  };
}

/** Asks again until the brokers answer and serve every topic. */
async function openTopics(questions: Questions, options: KafkaOptions): Promise<number> {
  const { clock, brokers } = options;
  const began = clock.monotonic();
  let words = '';
  let pauseMs = askAgainMs;
  let withinMs = openWithinMs;
  for (let left = withinMs; left > 0; left = began + withinMs - clock.monotonic()) {
    try {
      return await questions.ask((admin) => ensureTopics(admin, options), Math.min(left, attemptMs));
    } catch (error) {
      if (!isUnavailable(error)) {
        await questions.close();
        throw error;
      }
      const cause = error instanceof Error ? error.cause : null;
      if (isInTheMaking(cause)) withinMs = makeWithinMs;
      // An attempt that only took too long says less than the one before it.
      words = wordsOf(cause) || words;
      await new Promise<void>((resolve) => clock.after(pauseMs, resolve));
      // Asking about every topic is work for a broker that is busy with making them.
      pauseMs = Math.min(pauseMs * 2, askAgainMsMax);
    }
  }
  await questions.close();
  throw unfit(`${brokers.join(', ')} did not let us in within ${withinMs / 1_000} s${words}`);
}

/** The brokers know the topic, and do not serve all of it yet. */
const isInTheMaking = (cause: unknown): boolean =>
  cause instanceof Error && 'type' in cause && inTheMaking.has(String(cause.type));

const inTheMaking = new Set([
  'NOT_LEADER_FOR_PARTITION',
  'LEADER_NOT_AVAILABLE',
  'UNKNOWN_TOPIC_OR_PARTITION',
]);

/** What the driver says of a failure; of several at once, the first. */
function wordsOf(cause: unknown): string {
  if (cause instanceof AggregateError || (cause instanceof Error && 'errors' in cause)) {
    const [first] = Array.isArray(cause.errors) ? cause.errors : [];
    return wordsOf(first);
  }
  return cause instanceof Error ? `: ${cause.message}` : '';
}
