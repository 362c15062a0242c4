import { describe, expect, test } from 'bun:test';
import { consumer, type Handlers } from '#actors/consumer.ts';
import { dlqProcessor } from '#actors/dlq-processor/role.ts';
import { type DeadLetter, deadLettersCollection } from '#src/domain/dead-letter.ts';
import { DomainError, unavailable } from '#src/domain/errors.ts';
import type { DomainEvent } from '#src/domain/events.ts';
import { memoryWorld, type World } from './memory-ports.ts';
import { message } from './runs.ts';
import { portsOf, settings } from './settings.ts';

const command = message('inspect_pod_command', 'run-1', { execution_id: 'run-1', attempt: 1 });
const running = message('pod_overdue', 'run-1', { execution_id: 'run-1', attempt: 1 });

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

describe('dead letters', () => {
  test('are filed once, with cause and history, however often they are announced', async () => {
    const world = memoryWorld();
    const [intake] = dlqProcessor.children(portsOf(world), settings);
    const stop = new AbortController();
    const done = intake?.run({ signal: stop.signal, ready: () => undefined });
    const letter = message('dlq_message_received', 'run-1', {
      dlq_event_id: 'd1',
      original_topic: 'pod_overdue',
      original_event_type: 'pod_overdue',
      error: 'Error: broken',
      retry_count: 2,
      producer_id: 'pod-monitor',
      failed_at: '2026-01-01T00:00:00.000Z',
      message: running,
    });
    await world.bus.publish([letter, letter]);
    await world.clock.settle();
    const letters = await world.documents.collection<DeadLetter>(deadLettersCollection).find({});
    expect(letters.rows.map(({ body }) => body)).toEqual([
      expect.objectContaining({
        dlqEventId: 'd1',
        status: 'received',
        key: 'run-1',
        message: JSON.parse(JSON.stringify(running)),
        history: [{ at: letter.at, status: 'received', words: 'Error: broken' }],
      }),
    ]);
    stop.abort();
    await done;
  });

  test('that cannot be kept stay on the bus and never become another dead letter', async () => {
    const world = memoryWorld();
    let tries = 0;
    const stop = new AbortController();
    const handlers: Handlers = {
      dlq_message_received: async () => {
        tries += 1;
        throw new Error('broken');
      },
    };
    const child = consumer(world, { name: 'c', group: 'g', handlers, serviceVersion: '1' });
    const done = child.run({ signal: stop.signal, ready: () => undefined });
    const payload = {
      dlq_event_id: 'd1',
      original_topic: 't',
      original_event_type: 't',
      error: '',
      retry_count: 0,
      producer_id: 'p',
      failed_at: '',
      message: null,
    };
    await world.bus.publish([message('dlq_message_received', 'k', payload)]);
    await world.clock.advance(20_000);
    expect(tries).toBeGreaterThan(5);
    expect(world.published.length).toBe(1);
    stop.abort();
    await done;
  });
});
