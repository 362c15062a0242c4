import { describe, expect, test } from 'bun:test';
import { consumer, type Handlers } from '#actors/consumer.ts';
import { DomainError, unavailable } from '#src/domain/errors.ts';
import type { DomainEvent } from '#src/domain/events.ts';
import { memoryWorld, type World } from './memory-ports.ts';
import { message } from './runs.ts';

const command = message('inspect_pod_command', 'run-1', { execution_id: 'run-1', attempt: 1 });
const running = message('pod_overdue', 'run-1', { execution_id: 'run-1', attempt: 1 });

const announcement = {
  dlq_event_id: 'd1',
  original_topic: 't',
  original_event_type: 't',
  error: '',
  retry_count: 0,
  producer_id: 'p',
  failed_at: '',
  group: 'g',
  redrive: 0,
  message: null,
};

async function consuming(handlers: Handlers, more: { projection?: boolean } = {}) {
  const world = memoryWorld();
  const stop = new AbortController();
  const child = consumer(world, { name: 'c', group: 'g', handlers, serviceVersion: '1', ...more });
  const done = child.run({ signal: stop.signal, ready: () => undefined });
  await world.clock.settle();
  return { world, child, stop, done };
}

const typesOf = (world: World): string[] => world.published.slice(1).map(({ type }) => type);

describe('a consumer', () => {
  test('is ready once it is subscribed, and waits for a bus that is away', async () => {
    const world = memoryWorld();
    world.fail('subscribe', 2);
    const readies: string[] = [];
    const stop = new AbortController();
    const child = consumer(world, { name: 'c', group: 'g', handlers: {}, serviceVersion: '1' });
    const done = child.run({ signal: stop.signal, ready: () => readies.push(child.name) });
    await world.clock.settle();
    expect(readies).toEqual([]);
    await world.clock.advance(5_000);
    expect(readies).toEqual(['c']);
    stop.abort();
    await done;
  });

  test('tries for ever while a dependency is away, and gives nothing up', async () => {
    let tries = 0;
    const { world } = await consuming({
      inspect_pod_command: async () => {
        tries += 1;
        if (tries < 50) throw unavailable('store');
      },
    });
    await world.bus.publish([command]);
    await world.clock.advance(60_000);
    expect([tries, typesOf(world)]).toEqual([50, []]);
  });

  test('takes a conflict of versions for a reason to wait, not for a fault', async () => {
    let tries = 0;
    const { world } = await consuming({
      inspect_pod_command: async () => {
        tries += 1;
        if (tries < 10) throw new DomainError('conflict', 'changed meanwhile');
      },
    });
    await world.bus.publish([command]);
    await world.clock.advance(60_000);
    expect([tries, typesOf(world)]).toEqual([10, []]);
  });

  test('gives a message that fails by itself up within two seconds, after three tries', async () => {
    let tries = 0;
    const { world } = await consuming({
      pod_overdue: async () => {
        tries += 1;
        throw new Error('broken');
      },
    });
    await world.bus.publish([running]);
    await world.clock.advance(2_000);
    expect([tries, typesOf(world)]).toEqual([3, ['dlq_message_received', 'system_error']]);
    await world.clock.advance(60_000);
    expect(tries).toBe(3);
  });

  test('tells the run when a command is given up, in words that are safe to show', async () => {
    const { world } = await consuming({
      inspect_pod_command: async () => {
        throw new Error('secret of the script');
      },
    });
    await world.bus.publish([command]);
    await world.clock.advance(2_000);
    const failed = world.published.find(({ type }) => type === 'effect_failed');
    expect(failed?.payload).toEqual({
      execution_id: 'run-1',
      attempt: 1,
      effect: 'inspect_pod_command',
      words: 'The platform could not carry out a step of this run',
    });
  });

  test('keeps the whole message and its cause in the dead letter', async () => {
    const { world } = await consuming({
      pod_overdue: async () => {
        throw new Error('broken');
      },
    });
    await world.bus.publish([running]);
    await world.clock.advance(2_000);
    const letter = world.published.find(({ type }) => type === 'dlq_message_received');
    expect(letter?.payload).toMatchObject({ error: 'Error: broken', retry_count: 2, message: running });
  });

  test('gives a message of the wrong form up at once', async () => {
    const taken: string[] = [];
    const { world } = await consuming({ inspect_pod_command: async ({ id }) => void taken.push(id) });
    await world.bus.publish([
      { ...command, payload: { execution_id: 'run-1', attempt: 'one' } } as unknown as DomainEvent,
    ]);
    await world.clock.settle();
    expect([taken, typesOf(world)]).toEqual([[], ['dlq_message_received', 'system_error']]);
    const [, letter] = world.published;
    expect(letter?.payload).toMatchObject({
      error: 'DomainError: The message does not have the form of its type (at /attempt)',
    });
  });

  test('a projection keeps a message of any form, and its failure is no failure of the order', async () => {
    const taken: string[] = [];
    const broken = async ({ id }: { id: string }) => {
      taken.push(id);
      if (id === 'fails') throw new Error('broken');
    };
    const { world } = await consuming({ inspect_pod_command: broken }, { projection: true });
    const odd = { ...command, id: 'odd', payload: { execution_id: 'run-1', attempt: 'one' } };
    await world.bus.publish([odd as unknown as DomainEvent, { ...command, id: 'fails' }]);
    await world.clock.advance(2_000);
    expect(taken).toEqual(['odd', 'fails', 'fails', 'fails']);
    expect(typesOf(world)).toEqual(['inspect_pod_command', 'dlq_message_received', 'system_error']);
  });

  test('goes on with the next message after one that was given up', async () => {
    const taken: string[] = [];
    const { world } = await consuming({
      pod_overdue: async ({ key }) => {
        if (key === 'bad') throw new Error('broken');
        taken.push(key);
      },
    });
    await world.bus.publish([
      { ...running, key: 'bad' },
      { ...running, key: 'good' },
    ]);
    await world.clock.advance(3_000);
    expect(taken).toEqual(['good']);
  });

  test('skips messages of a replay, unless it is a projection', async () => {
    for (const projection of [false, true]) {
      const taken: string[] = [];
      const handlers: Handlers = { pod_overdue: async ({ key }) => void taken.push(key) };
      const { world } = await consuming(handlers, { projection });
      const metadata = { service: 'replay', serviceVersion: '1', replayedFrom: 'old' };
      await world.bus.publish([{ ...running, metadata }]);
      await world.clock.settle();
      expect(taken).toEqual(projection ? ['run-1'] : []);
    }
  });

  test('hears of a redrive only when it was the one that failed, and then says that it has taken it', async () => {
    for (const group of ['g', 'another']) {
      const taken: string[] = [];
      const { world } = await consuming({ pod_overdue: async ({ id }) => void taken.push(id) });
      const redrive = { letter: 'l', number: 2, group };
      await world.bus.publish([{ ...running, metadata: { ...running.metadata, redrive } }]);
      await world.clock.settle();
      expect(taken).toEqual(group === 'g' ? [running.id] : []);
      expect(world.published.slice(1).map(({ type, payload }) => [type, payload])).toEqual(
        group === 'g' ? [['dlq_message_handled', { dlq_event_id: 'l', redrive: 2 }]] : [],
      );
    }
  });

  test('takes a redrive again when it could not say that it has taken it', async () => {
    const tries: string[] = [];
    const { world } = await consuming({ pod_overdue: async ({ id }) => void tries.push(id) });
    const redrive = { letter: 'l', number: 1, group: 'g' };
    await world.bus.publish([{ ...running, metadata: { ...running.metadata, redrive } }]);
    world.fail('publish', 2);
    await world.clock.advance(5_000);
    expect([tries.length, typesOf(world)]).toEqual([3, ['dlq_message_handled']]);
  });

  test('says of a redrive that fails that its own letter is back, with the message as it was first', async () => {
    const { world } = await consuming({
      pod_overdue: async () => {
        throw new Error('broken');
      },
    });
    const redrive = { letter: 'l', number: 1, group: 'g' };
    const again = { ...running, id: `${running.id}/redrive/1`, metadata: { ...running.metadata, redrive } };
    await world.bus.publish([again]);
    await world.clock.advance(2_000);
    const [letter] = world.published.filter(({ type }) => type === 'dlq_message_received');
    expect(letter?.payload).toMatchObject({ dlq_event_id: 'l', redrive: 1, group: 'g', message: running });
    // Else the keeper of letters would take it for somebody else's redrive.
    expect(letter?.metadata.redrive).toBeUndefined();
  });

  test.each(['redrive_message_command', 'dlq_message_handled'] as const)(
    'makes no letter of a failing %s: that would never end',
    async (type) => {
      const broken = async () => {
        throw new Error('broken');
      };
      const { world } = await consuming({ [type]: broken });
      await world.bus.publish([message(type, 'l', { dlq_event_id: 'l', redrive: 1 })]);
      await world.clock.advance(60_000);
      expect(typesOf(world)).toEqual(['system_error']);
    },
  );

  test('leaves a dead letter that cannot be kept on the bus', async () => {
    let tries = 0;
    const { world, stop, done } = await consuming({
      dlq_message_received: async () => {
        tries += 1;
        throw new Error('broken');
      },
    });
    await world.bus.publish([message('dlq_message_received', 'k', announcement)]);
    await world.clock.advance(20_000);
    expect(tries).toBeGreaterThan(5);
    expect(world.published.length).toBe(1);
    stop.abort();
    await done;
  });

  test('makes no letter of the news of a letter that has not its form', async () => {
    const { world } = await consuming({ dlq_message_received: async () => undefined });
    await world.bus.publish([
      { ...message('dlq_message_received', 'k', announcement), payload: {} as never },
    ]);
    await world.clock.advance(20_000);
    expect(typesOf(world)).toEqual(['system_error']);
  });

  test('ends only after the message in flight', async () => {
    const finish = Promise.withResolvers<void>();
    const { world, child, stop, done } = await consuming({ pod_overdue: () => finish.promise });
    await world.bus.publish([running]);
    await world.clock.settle();
    const ends: string[] = [];
    void done.then(() => ends.push('ended'));
    stop.abort();
    await world.clock.settle();
    expect([ends, child.inFlight?.()]).toEqual([[], 1]);
    finish.resolve();
    await done;
    expect(child.inFlight?.()).toBe(0);
  });

  test('that is told to stop between two tries leaves the message to others', async () => {
    const { world, stop, done, child } = await consuming({
      pod_overdue: async () => {
        throw new Error('broken');
      },
    });
    await world.bus.publish([running]);
    await world.clock.settle();
    stop.abort();
    await done;
    expect(typesOf(world)).toEqual([]);
    expect(await child.lag?.()).toBe(1);
  });
});
