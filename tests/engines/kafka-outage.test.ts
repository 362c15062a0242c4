// A broker that is killed, stands still or is away at the start: no publish hangs, nothing that was acknowledged is lost,
// everything goes on by itself.
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  setDefaultTimeout,
  test,
} from 'bun:test';
import type { Bus } from '#src/ports/bus.ts';
import { sampleEvent, sampleTopics } from '#tests/contract/sample-event.ts';
import { type EndOfCall, endOf as endOfCall } from '#tests/support/end-of-call.ts';
import { until } from '#tests/support/until.ts';
import {
  asAdmin,
  clock,
  hearing,
  type KafkaWorld,
  kafkaWorld,
  roundsOf,
  steadily,
  untilHeard,
} from './kafka-world.ts';
import { startKafka } from './servers/kafka.ts';
import type { TestServer } from './servers/server.ts';

/** Brokers start, sessions end and topics are made in seconds, on a machine under load in more. */
setDefaultTimeout(90_000);

const keys = Array.from({ length: 12 }, (_, index) => String.fromCodePoint(97 + index));
const topics = sampleTopics;
/** The deadline of a publish, and what a machine under load adds to it. */
const patienceMs = 7_000;

let server: TestServer;
let world: KafkaWorld;
beforeAll(async () => {
  server = await startKafka();
}, 90_000);
afterAll(() => server.stop());
beforeEach(() => {
  world = kafkaWorld([server.url]);
});
afterEach(() => world.close());

const endOf = (publishing: Promise<void>): Promise<EndOfCall> => endOfCall(publishing, patienceMs);

/** A bus of its own, and what a group of one member hears of it. */
async function listening() {
  const bus = await world.open();
  const heard = hearing();
  await bus.subscribe({ group: 'g', topics, handle: heard.handle });
  return { bus, heard };
}

const one = (bus: Bus, id: string) => bus.publish([sampleEvent(id, 'x')]);

describe('a broker', () => {
  test('that is killed and started again under load loses nothing and keeps the order of every key', async () => {
    const groups = [hearing(), hearing()];
    const bus = await world.open();
    for (const [index, { handle }] of groups.entries()) {
      await bus.subscribe({ group: `g${index}`, topics, handle });
    }
    const load = steadily(bus, keys, 10);
    for (let kills = 1; kills <= 2; kills += 1) {
      const before = load.published();
      await until(() => load.published() > before + 200);
      await server.kill();
      await server.restart();
    }
    const before = load.published();
    await until(() => load.published() > before + 200, 20_000);
    const published = await load.stop();
    for (const heard of groups) {
      await untilHeard(heard, published);
      expect(heard.outOfOrder()).toEqual([]);
      expect(heard.collisions).toEqual([]);
    }
    await until(() => bus.ready());
  });

  test('that is gone makes publishing say so in time, also when much waits, and readiness tells', async () => {
    const { bus, heard } = await listening();
    expect(await bus.ready()).toBe(true);
    await server.kill();
    const many = Array.from({ length: 300 }, (_, index) => endOf(bus.publish(roundsOf(keys, 5, index * 5))));
    expect(new Set(await Promise.all(many))).toEqual(new Set(['unavailable']));
    expect(await bus.ready()).toBe(false);
    await server.restart();
    await until(() => bus.ready());
    await until(async () => (await endOf(one(bus, 'x-0'))) === 'done', 20_000);
    await until(() => heard.calls.includes('x-0'), 20_000);
  });

  test('that stands still makes publishing say so in time; it goes on where it was, and members too', async () => {
    const { bus, heard } = await listening();
    await one(bus, 'x-0');
    await untilHeard(heard, 1);
    server.pause();
    const frozen = await endOf(one(bus, 'x-1')).finally(server.resume);
    expect(frozen).toBe('unavailable');
    // What its outcome was is unknown: the caller repeats.
    await until(async () => (await endOf(one(bus, 'x-1'))) === 'done', 20_000);
    await one(bus, 'x-2');
    await untilHeard(heard, 3);
    expect(heard.outOfOrder()).toEqual([]);
  });

  test('that stands still for longer than a session loses no acknowledged event and keeps its members', async () => {
    const { bus, heard } = await listening();
    const load = steadily(bus, keys, 10);
    await until(() => load.published() > 200);
    server.pause();
    const begun = clock.monotonic();
    await until(() => clock.monotonic() - begun > 8_000).finally(server.resume);
    const before = load.published();
    await until(() => load.published() > before + 200, 20_000);
    const published = await load.stop();
    await untilHeard(heard, published);
    expect(heard.outOfOrder()).toEqual([]);
  });

  test('that is away when somebody subscribes is waited for', async () => {
    const bus = await world.open();
    await one(bus, 'x-0');
    await server.kill();
    const heard = hearing();
    const subscribing = bus.subscribe({ group: 'g', topics, handle: heard.handle });
    await server.restart();
    await subscribing;
    await untilHeard(heard, 1);
  });

  test('that is away at the start refuses it with a sentence for the operator', async () => {
    await server.kill();
    const refusal = await world.open().then(
      () => null,
      (error: unknown) => error,
    );
    await server.restart();
    expect(String(refusal)).toContain(`Kafka cannot be used: ${server.url} did not let us in within 15 s`);
  });

  test('closes in time while it is gone', async () => {
    const bus = await world.open();
    const { close } = await bus.subscribe({ group: 'g', topics, handle: hearing().handle });
    await server.kill();
    const begun = clock.monotonic();
    await close();
    await bus.close();
    expect(clock.monotonic() - begun).toBeLessThan(15_000);
    await server.restart();
  });

  test('that lost a topic gets it again, and everything goes on', async () => {
    const { bus, heard } = await listening();
    await asAdmin([server.url], (admin) =>
      admin.deleteTopics({ topics: [`${world.prefix}inspect_pod_command`] }),
    );
    await until(async () => (await endOf(one(bus, 'x-0'))) === 'done', 40_000);
    await untilHeard(heard, 1);
  });
});
