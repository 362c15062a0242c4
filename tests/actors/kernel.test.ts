import { describe, expect, test } from 'bun:test';
import { createKernel } from '#actors/kernel/kernel.ts';
import { createMailbox } from '#actors/kernel/mailbox.ts';
import { createTimers } from '#actors/kernel/timers.ts';
import { pause } from '#actors/waiting.ts';
import { isNewerVersion, isUnavailable, unavailable } from '#src/domain/errors.ts';
import { outboxChannel } from '#src/ports/live-feed.ts';
import { memoryWorld, type World } from './memory-ports.ts';
import { acceptance, message } from './runs.ts';

const producer = { service: 'saga-orchestrator', serviceVersion: '1' };
const admitted = { type: 'ADMITTED', attempt: 1, slot: 1 };

async function started(id = 'run-1') {
  const world = memoryWorld();
  const kernel = createKernel(world, producer);
  await kernel.start(acceptance(id));
  await kernel.settled();
  return { world, kernel };
}

const recordOf = (world: World, id: string) => {
  const record = world.stored.get(`execution/${id}`);
  if (record === undefined) throw new Error('no such record');
  return record;
};
const typesOf = (world: World): string[] => world.published.map(({ type }) => type);

describe('acceptance', () => {
  test('stores a queued record whose announcements reach the bus in order, marked once', async () => {
    const { world } = await started();
    const record = recordOf(world, 'run-1');
    expect(record.state).toBe('queued');
    expect(typesOf(world)).toEqual(record.outbox.map(({ type }) => type));
    expect(record.sentThrough).toBe(record.nextRow - 1);
    expect([world.calls.get('publish'), world.calls.get('mark')]).toEqual([1, 1]);
    expect(world.hints).toEqual(['run:run-1', 'queue']);
  });

  test('of unknown outcome is repeated with the same id and is one run', async () => {
    const world = memoryWorld();
    const kernel = createKernel(world, producer);
    world.fail('inserted', 1);
    const outcome = kernel.start(acceptance('run-1'));
    await world.clock.advance(1_000);
    expect((await outcome).kind).toBe('started');
    expect(world.calls.get('insert')).toBe(2);
    expect(world.stored.size).toBe(1);
  });

  test('of an id that is there already changes nothing', async () => {
    const { world, kernel } = await started();
    const again = await kernel.start({ ...acceptance('run-1'), cause: 'another request' });
    expect(again).toEqual({ kind: 'exists' });
    expect(recordOf(world, 'run-1').version).toBe(1);
  });

  test('gives up while the store is away, and says so', async () => {
    const world = memoryWorld();
    world.fail('insert', 100);
    const outcome = createKernel(world, producer).start(acceptance('run-1')).catch(isUnavailable);
    await world.clock.advance(5_000);
    expect(await outcome).toBe(true);
  });

  test('is not repeated by a store that has taken its time to fail: somebody waits for the answer', async () => {
    const world = memoryWorld();
    let tries = 0;
    const insert = async (): Promise<never> => {
      tries += 1;
      await pause(world.clock, 2_500);
      throw unavailable('store');
    };
    const kernel = createKernel({ ...world, records: { ...world.records, insert } }, producer);
    const outcome = kernel.start(acceptance('run-1')).catch(isUnavailable);
    await world.clock.advance(20_000);
    expect([await outcome, tries]).toEqual([true, 1]);
  });
});

describe('a turn', () => {
  test('of a repeated cause changes nothing', async () => {
    const { world, kernel } = await started();
    expect((await kernel.send('execution', 'run-1', 'admit', admitted)).kind).toBe('committed');
    expect((await kernel.send('execution', 'run-1', 'admit', admitted)).kind).toBe('unchanged');
    expect(recordOf(world, 'run-1').version).toBe(2);
  });

  test('for an unknown id is answered and logged, and creates nothing', async () => {
    const { world, kernel } = await started();
    expect(await kernel.send('execution', 'nobody', 'c', admitted)).toEqual({ kind: 'absent' });
    expect(world.lines.some(({ message }) => message === 'message for an unknown record')).toBe(true);
    expect(world.stored.size).toBe(1);
  });

  test('that meets another version loads again and keeps both changes', async () => {
    const { world, kernel } = await started();
    const other = createKernel(world, producer);
    world.between('commit', async () => {
      const event = { type: 'PRIORITY_CHANGED', priority: 'high', by: 'admin' };
      await other.send('execution', 'run-1', 'priority', event);
    });
    expect((await kernel.send('execution', 'run-1', 'admit', admitted)).kind).toBe('committed');
    const record = recordOf(world, 'run-1');
    expect([record.version, record.state, record.snapshot.context.priority]).toEqual([3, 'starting', 'high']);
  });

  test('does not read what the one before it has written, unless somebody else was faster', async () => {
    const { world, kernel } = await started();
    await kernel.send('execution', 'run-1', 'admit', admitted);
    expect([world.calls.get('load'), recordOf(world, 'run-1').version]).toEqual([undefined, 2]);
    const event = { type: 'CANCEL_REQUESTED', by: 'user-1', reason: null };
    await createKernel(world, producer).send('execution', 'run-1', 'cancel', event);
    expect((await kernel.send('execution', 'run-1', 'again', event)).kind).toBe('unchanged');
    expect([world.calls.get('load'), recordOf(world, 'run-1').version]).toEqual([2, 3]);
  });

  test('whose outcome is unknown reads what became of it', async () => {
    const { world, kernel } = await started();
    world.between('commit', () => {
      throw unavailable('the store');
    });
    const send = () => kernel.send('execution', 'run-1', 'admit', admitted);
    expect(await send().catch(isUnavailable)).toBe(true);
    expect((await send()).kind).toBe('committed');
    expect([world.calls.get('load'), recordOf(world, 'run-1').version]).toEqual([1, 2]);
  });

  test('decides that nothing changes on what the store says, never on what was remembered', async () => {
    const { world, kernel } = await started();
    const other = createKernel(world, producer);
    await other.send('execution', 'run-1', 'admit', admitted);
    // While it waits, as it is remembered, this changes nothing.
    const begun = { type: 'POD_RUNNING', attempt: 1, podName: 'p' };
    expect((await kernel.send('execution', 'run-1', 'begun', begun)).kind).toBe('committed');
    expect(recordOf(world, 'run-1').state).toBe('running');
  });

  test('without end of conflicts waits for its redelivery, after eight tries', async () => {
    const { world, kernel } = await started();
    const commit = world.records.commit;
    let tries = 0;
    world.records.commit = async () => {
      tries += 1;
      return { kind: 'conflict' };
    };
    const outcome = await kernel.send('execution', 'run-1', 'admit', admitted).catch(isUnavailable);
    expect([outcome, tries]).toEqual([true, 8]);
    world.records.commit = commit;
    expect((await kernel.send('execution', 'run-1', 'admit', admitted)).kind).toBe('committed');
  });

  test('that would take a slot held by another run says which', async () => {
    const { kernel } = await started();
    await kernel.start(acceptance('run-2'));
    const admit = (id: string) =>
      kernel.turn({ machine: 'execution', id, cause: `admit ${id}`, event: admitted });
    expect((await admit('run-1')).kind).toBe('committed');
    expect(await admit('run-2')).toEqual({ kind: 'taken', unique: 'slot:1' });
  });

  test('on a record of a newer version is left to others, without a change', async () => {
    const { world } = await started();
    recordOf(world, 'run-1').machineVersion = 999;
    const outcome = await createKernel(world, producer)
      .send('execution', 'run-1', 'admit', admitted)
      .catch(isNewerVersion);
    expect(outcome).toBe(true);
    expect(recordOf(world, 'run-1').version).toBe(1);
  });

  test('on a record that cannot be understood sets it aside, with a deadline', async () => {
    const { world } = await started();
    recordOf(world, 'run-1').snapshot.context.attempt = 'not a number';
    await createKernel(world, producer).send('execution', 'run-1', 'admit', admitted);
    const record = recordOf(world, 'run-1');
    expect(record.quarantine).not.toBeNull();
    expect(record.nextDeadline).toBeGreaterThan(world.clock.now());
  });

  test('writes one line with names and ids only', async () => {
    const { world, kernel } = await started();
    world.lines.length = 0;
    await kernel.send('execution', 'run-1', 'admit', admitted);
    const lines = world.lines.filter(({ level }) => level === 'info');
    expect(lines.map(({ message }) => message)).toEqual(['turn']);
    expect(lines[0]?.fields).toMatchObject({
      machine: 'execution',
      id: 'run-1',
      from: 'queued',
      to: 'starting',
    });
  });

  test('of one record waits for the one before, of another record does not', async () => {
    const mailbox = createMailbox();
    const order: string[] = [];
    const first = Promise.withResolvers<void>();
    const a = mailbox.run('a', async () => {
      await first.promise;
      order.push('a1');
    });
    const b = mailbox.run('a', async () => void order.push('a2'));
    await mailbox.run('b', async () => void order.push('b1'));
    expect(mailbox.inFlight()).toBe(2);
    first.resolve();
    await Promise.all([a, b]);
    await mailbox.settled();
    expect(order).toEqual(['b1', 'a1', 'a2']);
    expect(mailbox.inFlight()).toBe(0);
  });

  test('that fails does not hold up the next one of its record', async () => {
    const mailbox = createMailbox();
    const failed = mailbox.run('a', () => Promise.reject(new Error('broken'))).catch(() => 'failed');
    const next = mailbox.run('a', async () => 'next');
    expect(await Promise.all([failed, next])).toEqual(['failed', 'next']);
  });
});

describe('the relay', () => {
  test('publishes what a bus that was away has missed, in order, once it is swept', async () => {
    const world = memoryWorld();
    const kernel = createKernel(world, producer);
    world.fail('publish', 1);
    await kernel.start(acceptance('run-1'));
    await kernel.settled();
    expect(world.published).toEqual([]);
    const stop = new AbortController();
    const sweep = kernel.sweep.run({ signal: stop.signal, ready: () => undefined });
    await world.clock.advance(3_500);
    stop.abort();
    await sweep;
    expect(typesOf(world)).toEqual(recordOf(world, 'run-1').outbox.map(({ type }) => type));
  });

  test('publishes again what was published but not marked, and then marks it', async () => {
    const world = memoryWorld();
    const kernel = createKernel(world, producer);
    world.fail('mark', 1);
    await kernel.start(acceptance('run-1'));
    await kernel.settled();
    const rows = world.published.length;
    const stop = new AbortController();
    const sweep = kernel.sweep.run({ signal: stop.signal, ready: () => undefined });
    await world.clock.advance(3_500);
    stop.abort();
    await sweep;
    expect(world.published.map(({ id }) => id)).toEqual(
      [...world.published.slice(0, rows), ...world.published.slice(0, rows)].map(({ id }) => id),
    );
    expect(recordOf(world, 'run-1').sentThrough).toBe(rows);
  });

  test('lets no record whose rows cannot be published hold up the others', async () => {
    const world = memoryWorld();
    const kernel = createKernel(world, producer);
    const publish = world.bus.publish;
    world.bus.publish = async (events) => {
      if (events.some(({ key }) => key === 'run-1')) throw new Error('too large');
      if (world.calls.get('unsent') === undefined) throw new Error('not yet');
      await publish(events);
    };
    await kernel.start(acceptance('run-1'));
    await kernel.start(acceptance('run-2'));
    await kernel.settled();
    const stop = new AbortController();
    const sweep = kernel.sweep.run({ signal: stop.signal, ready: () => undefined });
    await world.clock.advance(3_500);
    expect(new Set(world.published.map(({ key }) => key))).toEqual(new Set(['run-2']));
    stop.abort();
    await sweep;
  });

  test('takes the outbox of a document to the bus as soon as it is told of one', async () => {
    const world = memoryWorld();
    const kernel = createKernel(world, producer);
    const stop = new AbortController();
    const sweep = kernel.sweep.run({ signal: stop.signal, ready: () => undefined });
    await world.clock.advance(100);
    const event = message('pod_overdue', 'run-1', { execution_id: 'run-1', attempt: 1 });
    world.unsentDocuments.push({ collection: 'c', id: 'd', rows: [{ n: 1, event }], at: world.clock.now() });
    world.liveFeed.hint(outboxChannel);
    await world.clock.settle();
    expect(world.published).toEqual([event]);
    expect(world.unsentDocuments).toEqual([]);
    stop.abort();
    await sweep;
  });

  test('does not publish rows again when a turn had loaded its record before the mark', async () => {
    const { world, kernel } = await started();
    recordOf(world, 'run-1').sentThrough = 0;
    await kernel.send('execution', 'run-1', 'admit', admitted);
    await kernel.settled();
    const ids = world.published.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('lets the next turn carry the mark, and marks by itself only a record that rests', async () => {
    const world = memoryWorld();
    const kernel = createKernel(world, producer);
    await kernel.start(acceptance('run-1'));
    await world.clock.advance(50);
    const accepted = recordOf(world, 'run-1').outbox.length;
    await kernel.send('execution', 'run-1', 'admit', admitted);
    expect(recordOf(world, 'run-1')).toMatchObject({ sentThrough: accepted });
    await world.clock.advance(499);
    expect(world.calls.get('mark')).toBeUndefined();
    await world.clock.advance(2);
    expect(world.calls.get('mark')).toBe(1);
    expect(recordOf(world, 'run-1').sentThrough).toBe(recordOf(world, 'run-1').nextRow - 1);
    expect(world.clock.waiting()).toBe(0);
  });

  test('tells who produced a message, for which user and run', async () => {
    const { world } = await started();
    expect(world.published[0]).toMatchObject({
      key: 'run-1',
      metadata: { service: 'saga-orchestrator', serviceVersion: '1', userId: 'user-1' },
    });
  });
});

describe('timers', () => {
  test('fire when due, exactly once, and sleep otherwise with at most one statement a second', async () => {
    const { world, kernel } = await started();
    await kernel.send('execution', 'run-1', 'admit', admitted);
    await kernel.settled();
    const deadline = recordOf(world, 'run-1').nextDeadline ?? 0;
    const stop = new AbortController();
    const running = kernel.timers.run({ signal: stop.signal, ready: () => undefined });
    const seconds = Math.floor((deadline - world.clock.now()) / 1_000) - 1;
    world.calls.clear();
    await world.clock.advance(seconds * 1_000);
    const statements = [...world.calls.values()].reduce((sum, count) => sum + count, 0);
    expect(statements).toBeLessThanOrEqual(seconds + 1);
    expect(recordOf(world, 'run-1').version).toBe(2);
    await world.clock.advance(deadline - world.clock.now());
    expect(recordOf(world, 'run-1').version).toBe(3);
    expect(recordOf(world, 'run-1').turns.at(-1)?.event.type).toBe('TIMER_FIRED');
    stop.abort();
    await running;
    await kernel.settled();
    expect(world.clock.waiting()).toBe(0);
  });

  test('of an earlier arming do not fire', async () => {
    const { world, kernel } = await started();
    const old = recordOf(world, 'run-1').timers[0];
    if (old === undefined) throw new Error('nothing is armed');
    await kernel.send('execution', 'run-1', 'admit', admitted);
    const event = { type: 'TIMER_FIRED', name: old.name };
    const fired = await kernel.turn({
      machine: 'execution',
      id: 'run-1',
      cause: 't',
      event,
      arming: old.arming,
    });
    expect(fired.kind).toBe('unchanged');
  });

  test('that are armed earlier than the loop sleeps wake it', async () => {
    const world = memoryWorld();
    const { child, armed } = createTimers(world, () => Promise.resolve({ kind: 'absent' }));
    const stop = new AbortController();
    const running = child.run({ signal: stop.signal, ready: () => undefined });
    await world.clock.advance(1_500);
    const looks = world.calls.get('nextDeadline');
    armed(world.clock.now() + 2_000);
    await world.clock.settle();
    expect(world.calls.get('nextDeadline')).toBe(looks);
    armed(world.clock.now() + 100);
    await world.clock.settle();
    expect(world.calls.get('nextDeadline')).toBe(Number(looks) + 1);
    stop.abort();
    await running;
  });

  test('bear a store that is away', async () => {
    const { world, kernel } = await started();
    world.fail('nextDeadline', 3);
    const stop = new AbortController();
    const running = kernel.timers.run({ signal: stop.signal, ready: () => undefined });
    await world.clock.advance(70_000);
    expect(recordOf(world, 'run-1').version).toBeGreaterThan(1);
    stop.abort();
    await running;
  });
});
