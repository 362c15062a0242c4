// Buses of one prefix on a real broker, and what the tests on them count: who heard what, in which order, how often.
import type { Admin } from 'kafkajs';
import { type KafkaBus, kafkaBus } from '#src/adapters/kafka/bus.ts';
import { openClients } from '#src/adapters/kafka/client.ts';
import type { KafkaOptions } from '#src/adapters/kafka/options.ts';
import { systemClock } from '#src/adapters/system/clock.ts';
import type { DomainEvent } from '#src/domain/events.ts';
import type { Bus } from '#src/ports/bus.ts';
import { type SampleTopic, sampleEvent, sampleTopics } from '#tests/contract/sample-event.ts';
import { quietLogger } from '#tests/support/quiet-logger.ts';
import { until } from '#tests/support/until.ts';

export const clock = systemClock();
export const kafkaPartitions = 3;

/** Where the broker of the tests is. Without one they fail: nobody may take them for passed. */
export function kafkaBrokers(): string[] {
  const brokers = process.env.KAFKA_BROKERS;
  if (brokers === undefined || brokers === '') {
    throw new Error(
      'KAFKA_BROKERS is not set: these tests need a real broker, as "npm run test:engines" starts one',
    );
  }
  return brokers.split(',');
}

export const kafkaOptions = (brokers: readonly string[], prefix: string): KafkaOptions => ({
  brokers,
  prefix,
  partitions: kafkaPartitions,
  replication: 1,
  retentionMs: 86_400_000,
  clientId: 'tests',
  clock,
  logger: quietLogger(),
});

export interface KafkaWorld {
  prefix: string;
  /** One more process, so to speak. */
  open(further?: Partial<KafkaOptions>): Promise<KafkaBus>;
  /** Closes every bus and removes the topics. */
  close(): Promise<void>;
}

let worlds = 0;

export function kafkaWorld(brokers: readonly string[], change: Partial<KafkaOptions> = {}): KafkaWorld {
  worlds += 1;
  const prefix = `tests-${process.pid}-${worlds}.`;
  const open: KafkaBus[] = [];
  return {
    prefix,
    async open(further = {}) {
      const bus = await kafkaBus({ ...kafkaOptions(brokers, prefix), ...change, ...further });
      open.push(bus);
      return bus;
    },
    async close() {
      if (open.length === 0) return;
      await Promise.all(open.map((bus) => bus.close()));
      await asAdmin(brokers, removeTopics, change);
    },
  };

  async function removeTopics(admin: Admin): Promise<void> {
    const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(prefix));
    if (topics.length > 0) await admin.deleteTopics({ topics });
  }
}

export async function asAdmin<Answer>(
  brokers: readonly string[],
  ask: (admin: Admin) => Promise<Answer>,
  change: Partial<KafkaOptions> = {},
): Promise<Answer> {
  const admin = openClients({ ...kafkaOptions(brokers, ''), ...change }).asking.admin();
  await admin.connect();
  return ask(admin).finally(() => admin.disconnect());
}

/** Events of some keys, each key's in its order, on several topics: `a-0`, `b-0`, … */
export const roundsOf = (keys: readonly string[], count: number, from = 0): DomainEvent[] =>
  Array.from({ length: count }, (_, index) => from + index).flatMap((number) =>
    keys.map((key) => sampleEvent(`${key}-${number}`, key, topicOfId(key))),
  );

/** Order holds within a topic: all events of one key are of one. */
export const topicOfId = (id: string): SampleTopic =>
  sampleTopics[(id.codePointAt(0) ?? 0) % sampleTopics.length] ?? 'pod_overdue';

/** Publishes until it is acknowledged, as a relay does. Answers how often it had to be repeated. */
export async function publishSurely(bus: Bus, events: readonly DomainEvent[]): Promise<number> {
  for (let refusals = 0; ; refusals += 1) {
    const error = await bus.publish(events).then(
      () => null,
      (refusal: unknown) => refusal,
    );
    if (error === null) return refusals;
    await new Promise<void>((resolve) => clock.after(50, resolve));
  }
}

export interface Load {
  /** Answers how many events were acknowledged. */
  stop(): Promise<number>;
  published(): number;
}

/** Rounds of events, one after the other until it is stopped; each is repeated until it is acknowledged. */
export function steadily(bus: Bus, keys: readonly string[], pauseMs = 5): Load {
  let going = true;
  let rounds = 0;
  const publishing = (async () => {
    for (; going; rounds += 1) {
      await publishSurely(bus, roundsOf(keys, 1, rounds));
      await new Promise<void>((resolve) => clock.after(pauseMs, resolve));
    }
  })();
  return {
    async stop() {
      going = false;
      await publishing;
      return rounds * keys.length;
    },
    published: () => rounds * keys.length,
  };
}

/** What a whole group heard. */
export interface Heard {
  /** Every call, in its order. */
  calls: string[];
  distinct(): Set<string>;
  /** Calls for a key while another one for it was not over. */
  collisions: string[];
  /** Ids that came before an earlier one of their key had come. */
  outOfOrder(): string[];
  handle: (event: DomainEvent) => Promise<void>;
}

/** @param work what a handler does, a millisecond or two by default */
export function hearing(
  work: (event: DomainEvent) => Promise<void> = () => new Promise((resolve) => clock.after(1, resolve)),
): Heard {
  const calls: string[] = [];
  const busy = new Set<string>();
  const collisions: string[] = [];
  return {
    calls,
    collisions,
    distinct: () => new Set(calls),
    outOfOrder() {
      const next = new Map<string, number>();
      return [...new Set(calls)].filter((id) => {
        const [key = '', number = ''] = id.split('-');
        const expected = next.get(key) ?? 0;
        next.set(key, expected + 1);
        return Number(number) !== expected;
      });
    },
    async handle(event) {
      if (busy.has(event.key)) collisions.push(event.id);
      busy.add(event.key);
      calls.push(event.id);
      await work(event).finally(() => busy.delete(event.key));
    },
  };
}

export const untilHeard = (heard: Heard, count: number, withinMs = 30_000): Promise<void> =>
  until(() => heard.distinct().size >= count, withinMs);
