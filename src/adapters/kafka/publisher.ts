// Events on their way to Kafka: many callers, one request at a time, in the order in which they came. Who waits for too
// long is told so and may repeat; what it left unsent is forgotten.
import type { Kafka, Producer, TopicMessages } from 'kafkajs';
import { Partitioners } from 'kafkajs';
import { unavailable } from '#src/domain/errors.ts';
import type { Cancel, Clock } from '#src/ports/clock.ts';
import type { Logger } from '#src/ports/logger.ts';
import { atMost } from './deadline.ts';
import type { EventRecord } from './event-record.ts';
import { sendQueue, type Waiting } from './send-queue.ts';

export interface Publisher {
  /** @throws unavailable when the outcome is unknown, or too much waits already */
  publish(records: readonly EventRecord[]): Promise<void>;
  /** Whether what was sent last had to wait for longer than anybody waits. */
  stuck(): boolean;
  close(): Promise<void>;
}

interface PublisherPorts {
  client: Pick<Kafka, 'producer'>;
  clock: Clock;
  logger: Logger;
  /** Called when a request takes longer than anybody waits, again and again until it is over. */
  onStuck(): void;
}

const deadlineMs = 5_000;
const againMs = 200;
const closeWithinMs = 2_000;

export function openPublisher({ client, clock, logger, onStuck }: PublisherPorts): Publisher {
  const queue = sendQueue();
  let producer: Producer | null = null;
  let sendingSince: number | null = null;
  let isSending = false;
  let sending: Promise<void> = Promise.resolve();
  let closed = false;

  async function connected(): Promise<Producer | null> {
    while (producer === null && !closed) {
      const fresh = client.producer({
        // Without this a repetition of the driver doubles what it repeats, or puts it out of order.
        idempotent: true,
        maxInFlightRequests: 1,
        allowAutoTopicCreation: false,
        createPartitioner: Partitioners.DefaultPartitioner,
      });
      try {
        await fresh.connect();
        producer = fresh;
      } catch (error) {
        logger.warn({ error }, 'no connection to publish with');
        leave(fresh);
        await new Promise<void>((resolve) => clock.after(againMs, resolve));
      }
    }
    return producer;
  }

  async function sendAll(): Promise<void> {
    // Whoever publishes in this very turn of the loop goes along.
    await Promise.resolve();
    while (!closed) {
      const batch = queue.next();
      if (batch.length === 0) break;
      sendingSince = clock.monotonic();
      await send(batch);
      sendingSince = null;
    }
    // In the same turn as the last look: what is added later starts anew.
    isSending = false;
  }

  async function send(batch: readonly Waiting[]): Promise<void> {
    const through = await connected();
    if (through === null) return queue.failed(batch, unavailable('kafka'));
    try {
      await watched(through.sendBatch({ acks: -1, topicMessages: topicMessages(batch) }));
      queue.sent(batch);
    } catch (error) {
      logger.warn({ error, events: batch.length }, 'events could not be published');
      // Its count of what it sent may be wrong now, and then the brokers would take new events for old ones.
      producer = null;
      leave(through);
      queue.failed(batch, unavailable('kafka', error));
    }
  }

  async function watched(request: Promise<unknown>): Promise<void> {
    const look = (): Cancel =>
      clock.after(deadlineMs, () => {
        cancel = look();
        onStuck();
      });
    let cancel = look();
    await request.finally(() => cancel());
  }

  function leave(left: Producer): void {
    left.disconnect().catch((error: unknown) => logger.debug({ error }, 'a producer did not leave well'));
  }

  function startSending(): void {
    if (isSending) return;
    isSending = true;
    sending = sendAll();
  }

  return {
    async publish(records) {
      if (closed || !queue.hasRoom()) throw unavailable('kafka');
      const call = queue.add(records);
      startSending();
      const cancel = clock.after(deadlineMs, () => queue.giveUp(call, unavailable('kafka')));
      await call.answer.finally(cancel);
    },
    stuck: () => sendingSince !== null && clock.monotonic() - sendingSince > deadlineMs,
    async close() {
      if (closed) return;
      await atMost(clock, closeWithinMs, sending);
      closed = true;
      queue.giveUpAll(unavailable('kafka'));
      const left = producer;
      producer = null;
      if (left !== null) await atMost(clock, closeWithinMs, left.disconnect());
    },
  };
}

function topicMessages(batch: readonly Waiting[]): TopicMessages[] {
  const topics = new Map<string, TopicMessages>();
  for (const {
    record: { topic, key, value },
  } of batch) {
    const found = topics.get(topic) ?? { topic, messages: [] };
    topics.set(topic, found);
    found.messages.push({ key, value });
  }
  return [...topics.values()];
}
