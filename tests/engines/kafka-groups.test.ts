// Several processes in one group: who comes, goes or dies takes nothing with it.
import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { Partitioners } from 'kafkajs';
import { openClients } from '#src/adapters/kafka/client.ts';
import type { Handle } from '#src/ports/bus.ts';
import { sampleTopics } from '#tests/contract/sample-event.ts';
import { quietLogger } from '#tests/support/quiet-logger.ts';
import { until } from '#tests/support/until.ts';
import {
  clock,
  hearing,
  type KafkaWorld,
  kafkaBrokers,
  kafkaOptions,
  kafkaPartitions,
  kafkaWorld,
  roundsOf,
  steadily,
  topicOfId,
  untilHeard,
} from './kafka-world.ts';

/** Brokers start, sessions end and topics are made in seconds, on a machine under load in more. */
setDefaultTimeout(60_000);

const brokers = kafkaBrokers();
const keys = Array.from({ length: 20 }, (_, index) => String.fromCodePoint(97 + index));
const topics = sampleTopics;
/** Of a member that is not heard of any more. */
const sessionMs = 6_000;

let world: KafkaWorld;
beforeEach(() => {
  world = kafkaWorld(brokers);
});
afterEach(() => world.close());

describe('a group', () => {
  test('loses and doubles nothing while members come and go under load', async () => {
    const heard = hearing();
    const first = await world.open();
    await first.subscribe({ group: 'g', topics, handle: heard.handle });
    const load = steadily(first, keys);
    for (let turn = 0; turn < 3; turn += 1) {
      const other = await world.open();
      const before = heard.calls.length;
      const mine = hearing();
      const handle: Handle = async (event) => {
        await mine.handle(event);
        await heard.handle(event);
      };
      const joining = await other.subscribe({ group: 'g', topics, handle });
      await until(() => mine.calls.length > 200 && heard.calls.length - before > 400);
      await joining.close();
    }
    const published = await load.stop();
    await untilHeard(heard, published);
    expect(heard.calls).toHaveLength(published);
    expect(heard.outOfOrder()).toEqual([]);
    expect(heard.collisions).toEqual([]);
  });

  test('takes over from a member that is killed', async () => {
    const staying = hearing();
    const bus = await world.open();
    await bus.subscribe({ group: 'g', topics, handle: staying.handle });
    const load = steadily(bus, keys, 20);
    const member = killable(world.prefix, 'g');
    await until(() => member.heard.length > 100, 20_000);
    await member.kill();
    // While nobody knows yet that it is gone, messages for its partitions wait.
    const published = load.published();
    await until(() => load.published() > published + 200);
    const all = await load.stop();
    const everything = () => new Set([...staying.calls, ...member.heard]);
    await until(() => everything().size >= all, 30_000);
    expect(everything().size).toBe(all);
    expect(staying.collisions).toEqual([]);
  });

  test('with more members than partitions leaves some without work, who take over when others leave', async () => {
    const heards = [hearing(), hearing(), hearing(), hearing()];
    const members = [];
    for (const { handle } of heards) {
      const bus = await world.open();
      members.push(await bus.subscribe({ group: 'g', topics, handle }));
    }
    const bus = await world.open();
    const load = steadily(bus, keys);
    const total = () => heards.reduce((sum, { calls }) => sum + calls.length, 0);
    await until(() => total() > 400);
    await Promise.all(members.slice(0, 3).map((member) => member.close()));
    const published = await load.stop();
    await until(() => total() >= published, 30_000);
    expect(total()).toBe(published);
    expect(heards[3]?.calls.length).toBeGreaterThan(0);
  });

  test('of processes of two releases gives each topic to those who want it', async () => {
    const old = hearing();
    const young = hearing();
    const [first, second] = [await world.open(), await world.open()];
    await first.subscribe({ group: 'g', topics: ['inspect_pod_command'], handle: old.handle });
    await second.subscribe({
      group: 'g',
      topics: ['inspect_pod_command', 'pod_overdue'],
      handle: young.handle,
    });
    const load = steadily(first, keys);
    await until(() => old.calls.length > 50 && new Set(young.calls.map(topicOfId)).size === 2);
    await load.stop();
    expect(new Set(old.calls.map(topicOfId))).toEqual(new Set(['inspect_pod_command']));
  });

  test('a handler that takes longer than a session keeps its membership and holds up no other key', async () => {
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const heard = hearing(({ key }) => (key === 'a' ? released : Promise.resolve()));
    const bus = await world.open();
    const { lag } = await bus.subscribe({ group: 'g', topics, handle: heard.handle });
    await bus.publish(roundsOf(['a'], 2));
    await until(() => heard.calls.includes('a-0'));
    const begun = clock.monotonic();
    const load = steadily(bus, keys.slice(1), 20);
    await until(() => clock.monotonic() - begun > sessionMs * 1.5, 20_000);
    const published = await load.stop();
    await untilHeard(heard, published + 1);
    expect(heard.calls).toHaveLength(published + 1);
    release();
    await until(async () => (await lag()) === 0);
    expect(heard.calls).toHaveLength(published + 2);
  });

  test('that may lag hears everything a little later', async () => {
    const bus = await world.open();
    const heard = hearing();
    const { lag } = await bus.subscribe({ group: 'g', topics, handle: heard.handle, mayLag: true });
    await bus.publish(roundsOf(keys, 100));
    await untilHeard(heard, 100 * keys.length);
    await until(async () => (await lag()) === 0);
    expect(heard.calls).toHaveLength(100 * keys.length);
    expect(heard.outOfOrder()).toEqual([]);
  });

  test('that another program holds is joined once it leaves', async () => {
    const logger = quietLogger();
    const bus = await world.open({ logger });
    const stranger = openClients(kafkaOptions(brokers, '')).asking.consumer({ groupId: `${world.prefix}g` });
    await stranger.connect();
    await stranger.subscribe({ topics: [`${world.prefix}pod_overdue`] });
    await stranger.run({ eachMessage: async () => undefined });
    const heard = hearing();
    const subscribing = bus.subscribe({ group: 'g', topics, handle: heard.handle });
    const refused = () => logger.lines.some(({ message }) => message.startsWith('a consumer ended'));
    await until(refused).finally(() => stranger.disconnect());
    await subscribing;
    await bus.publish(roundsOf(['a'], 1));
    await untilHeard(heard, 1);
  });

  test('whose handler refuses one message for long holds up its partition after a window, and nothing else', async () => {
    let refusing = true;
    const heard = hearing(async ({ key }) => {
      if (key === 'a' && refusing) throw new Error('not now');
    });
    const bus = await world.open();
    const { lag } = await bus.subscribe({ group: 'g', topics, handle: heard.handle });
    const ofTopic = keys.map((key) => `a${key}`);
    const behind = roundsOf(
      ofTopic.filter((key) => partitionOf(key) === partitionOf('a')),
      400,
    );
    const beside = roundsOf(
      ofTopic.filter((key) => partitionOf(key) !== partitionOf('a')),
      100,
    );
    for (const events of [roundsOf(['a'], 1), behind, beside]) await bus.publish(events);
    const besides = new Set(beside.map(({ id }) => id));
    await until(() => heard.distinct().intersection(besides).size === besides.size, 20_000);
    const heardBehind = heard.distinct().difference(besides).size;
    expect(heardBehind).toBeGreaterThan(900);
    expect(heardBehind).toBeLessThan(behind.length);
    refusing = false;
    await untilHeard(heard, 1 + behind.length + beside.length);
    await until(async () => (await lag()) === 0);
    expect(heard.outOfOrder()).toEqual([]);
  });
});

/** As the driver chooses it, and every client of Kafka. */
function partitionOf(key: string): number {
  const partitionMetadata = Array.from({ length: kafkaPartitions }, (_, partitionId) => ({
    partitionErrorCode: 0,
    partitionId,
    leader: 1,
    replicas: [1],
    isr: [1],
  }));
  return Partitioners.DefaultPartitioner()({ topic: '', partitionMetadata, message: { key, value: null } });
}

function killable(prefix: string, group: string) {
  const child = Bun.spawn([process.execPath, 'tests/engines/kafka-member.ts', prefix, group], {
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'inherit',
  });
  const heard: string[] = [];
  const reading = (async () => {
    let rest = '';
    const decoder = new TextDecoder();
    for await (const bytes of child.stdout) {
      const lines = (rest + decoder.decode(bytes)).split('\n');
      rest = lines.pop() ?? '';
      heard.push(...lines);
    }
  })();
  return {
    heard,
    async kill() {
      child.kill('SIGKILL');
      await child.exited;
      await reading;
    },
  };
}
