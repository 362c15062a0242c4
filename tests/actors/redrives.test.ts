// What sends dead letters again by itself, and what becomes of them when their keeper fails or dies.
import { afterEach, describe, expect, test } from 'bun:test';
import { type RetryPolicy, topicPoliciesCollection } from '#src/domain/dead-letter.ts';
import {
  ask,
  boot,
  broken,
  count,
  decide,
  drainAll,
  installation,
  letter,
  letterId,
  letters,
  listening,
  news,
  well,
} from './letter-stage.ts';
import { memoryWorld } from './memory-ports.ts';

afterEach(drainAll);

describe('a policy', () => {
  test.each([
    [{ kind: 'immediate', retriesMax: 3 }, 3, 20_000],
    [{ kind: 'fixed_interval', intervalMs: 30_000, retriesMax: 2 }, 2, 120_000],
    [{ kind: 'exponential_backoff', firstMs: 1_000, longestMs: 10_000, retriesMax: 4 }, 4, 60_000],
  ] as const)(
    'of %j sends the message again by itself, so often, and then leaves it to people',
    async (policy, times, withinMs) => {
      const { world } = await installation(policy);
      await listening(world, { security_violation: broken });
      await world.bus.publish([news]);
      await world.clock.advance(withinMs);
      expect(letter(world)).toMatchObject({ state: 'manual', fields: { retryCount: times } });
      expect(count(world, 'dlq_message_retried')).toBe(times);
    },
  );

  test('that nobody understands leaves the letter to people, and says so aloud', async () => {
    const { world } = await installation({ kind: 'sometimes' } as unknown as RetryPolicy);
    await listening(world, { security_violation: broken });
    await world.bus.publish([news]);
    await world.clock.advance(3_000);
    expect(letter(world).state).toBe('manual');
    expect(world.lines.some(({ message: said }) => said.includes('policy'))).toBe(true);
  });

  test('goes on after a restart of all: the deadline is in the letter', async () => {
    const world = memoryWorld();
    await decide(world, 'security_violation', { kind: 'fixed_interval', intervalMs: 60_000, retriesMax: 1 });
    const first = [await boot(world, ['saga-orchestrator']), await boot(world, ['dlq-processor'])];
    const failing = await listening(world, { security_violation: broken });
    await world.bus.publish([news]);
    await world.clock.advance(5_000);
    expect(letter(world).state).toBe('scheduled');
    for (const system of first) await system.drain();
    await failing.stop();
    await world.clock.advance(120_000);
    expect(letter(world).state).toBe('scheduled');
    await boot(world, ['saga-orchestrator']);
    await boot(world, ['dlq-processor']);
    await listening(world, { security_violation: well });
    await world.clock.advance(10_000);
    expect(letter(world)).toMatchObject({ state: 'retried', fields: { retryCount: 1 } });
  });
});

describe('the keeper of letters', () => {
  test('that dies after it sent a message again sends the same one again, and it counts once', async () => {
    const { world, keeper } = await installation();
    const failing = await listening(world, { security_violation: broken });
    await world.bus.publish([news]);
    await world.clock.advance(3_000);
    await failing.stop();
    // The bus took the message, and the process hears of a failure: it does not know.
    const publish = world.bus.publish;
    let denied = 2;
    world.bus.publish = async (events) => {
      await publish(events);
      if (events.some(({ id }) => id.endsWith('/redrive/1')) && denied-- > 0) return world.fail('commit', 1);
    };
    await ask(keeper, 1, 'click');
    await world.clock.advance(5_000);
    const copies = world.published.filter(({ id }) => id === `${news.id}/redrive/1`);
    expect(copies.length).toBeGreaterThan(1);
    await listening(world, { security_violation: well });
    await world.clock.advance(5_000);
    expect(letter(world)).toMatchObject({ state: 'retried', fields: { retryCount: 1 } });
    expect(count(world, 'dlq_message_retried')).toBe(1);
  });

  test('loses no message whose letter is gone: it begins one anew, and goes on counting', async () => {
    const { world, keeper } = await installation();
    const failing = await listening(world, { security_violation: broken });
    await world.bus.publish([news]);
    await world.clock.advance(3_000);
    await failing.stop();
    await ask(keeper, 1, 'click');
    await world.clock.advance(1_000);
    world.stored.delete(`dead-letter/${letterId}`);
    await listening(world, { security_violation: ({ id }) => (id === news.id ? well() : broken()) });
    await world.clock.advance(5_000);
    expect(letter(world)).toMatchObject({ id: letterId, state: 'manual', fields: { retryCount: 1 } });
    expect(letter(world).snapshot.context.message).toEqual(JSON.parse(JSON.stringify(news)));
  });

  test('that fails makes no letters about letters: its orders are asked for again by their deadline', async () => {
    const { world, keeper } = await installation();
    const failing = await listening(world, { security_violation: broken });
    await world.bus.publish([news]);
    await world.clock.advance(3_000);
    await failing.stop();
    const publish = world.bus.publish;
    world.bus.publish = async (events) => {
      if (events.some(({ id }) => id.includes('/redrive/1'))) throw new TypeError('a mistake of ours');
      await publish(events);
    };
    await ask(keeper, 1, 'click');
    await world.clock.advance(10 * 60_000);
    expect([letters(world).length, letter(world).state]).toEqual([1, 'retrying']);
    expect(count(world, 'dlq_message_received')).toBe(1);
    world.bus.publish = publish;
    await listening(world, { security_violation: well });
    await world.clock.advance(60 * 60_000);
    expect([letters(world).length, letter(world).state]).toEqual([1, 'retried']);
  });

  test('that cannot read policies keeps the announcement on the bus, and makes no letters about letters', async () => {
    const world = memoryWorld();
    await boot(world, ['saga-orchestrator']);
    const collection = world.documents.collection.bind(world.documents);
    let mistaken = true;
    world.documents.collection = (spec) => {
      const found = collection(spec);
      if (spec.name !== topicPoliciesCollection.name) return found as never;
      return { ...found, get: (id: string) => (mistaken ? broken() : found.get(id)) } as never;
    };
    await boot(world, ['dlq-processor']);
    await listening(world, { security_violation: broken });
    await world.bus.publish([news]);
    await world.clock.advance(60_000);
    expect([letter(world).state, count(world, 'dlq_message_received')]).toEqual(['received', 1]);
    mistaken = false;
    await world.clock.advance(10_000);
    expect(letter(world).state).toBe('manual');
  });

  test('of which only the roles differ sweeps what its relay could not publish', async () => {
    const world = memoryWorld();
    const keeper = await boot(world, ['dlq-processor']);
    await listening(world, { security_violation: broken });
    await world.bus.publish([news]);
    await world.clock.advance(3_000);
    world.fail('publish', 1);
    await ask(keeper, 1, 'click');
    await world.clock.advance(5_000);
    expect(count(world, 'redrive_message_command')).toBe(1);
  });
});
