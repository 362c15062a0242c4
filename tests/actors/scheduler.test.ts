// The scheduler, step by step: whom it admits, when it looks, and what it does when something fails.
import { describe, expect, test } from 'bun:test';
import { createKernel } from '#actors/kernel/kernel.ts';
import { leftAttempts, slotsChild } from '#actors/saga-orchestrator/slots.ts';
import { type AdmissionState, admissionCollection, admissionId } from '#src/domain/fleet.ts';
import { memoryWorld } from './memory-ports.ts';
import { acceptance } from './runs.ts';
import { gone, producer, scheduling } from './scheduler-at-work.ts';
import { portsOf, settings } from './settings.ts';

describe('the scheduler', () => {
  test('admits an accepted run at once, without waiting for its next look', async () => {
    const { world, kernel, admitted, stop } = await scheduling();
    await world.clock.advance(1_300);
    const before = world.clock.now();
    await kernel.start(acceptance('run-1'));
    await world.clock.settle();
    expect([admitted(), world.clock.now() - before]).toEqual([{ 'run-1': 1 }, 0]);
    await stop();
  });

  test('finds within a second what was queued without a hint', async () => {
    const { world, admitted, stop } = await scheduling();
    const other = createKernel(
      { ...world, liveFeed: { ...world.liveFeed, hint: () => undefined } },
      producer,
    );
    await other.start(acceptance('run-1'));
    await world.clock.settle();
    expect(admitted()).toEqual({});
    await world.clock.advance(1_000);
    expect(admitted()).toEqual({ 'run-1': 1 });
    await stop();
  });

  test('rebuilds its view from the records before it admits anybody', async () => {
    const world = memoryWorld();
    const before = createKernel(world, producer);
    for (const id of ['run-1', 'run-2', 'run-3']) await before.start(acceptance(id));
    const event = { type: 'ADMITTED', attempt: 1, slot: 2 };
    await before.send('execution', 'run-1', 'earlier', event);
    const { admitted, stop } = await scheduling({ concurrentMax: 2 }, world);
    expect(admitted()).toEqual({ 'run-1': 2, 'run-2': 1 });
    await stop();
  });

  test('keeps to the limit of all and of one user, and fills a slot the moment it is free', async () => {
    const { world, kernel, admitted, stop } = await scheduling({ concurrentMax: 3, concurrentPerUserMax: 2 });
    for (const [id, userId] of [
      ['a1', 'a'],
      ['a2', 'a'],
      ['a3', 'a'],
      ['b1', 'b'],
      ['b2', 'b'],
    ] as const) {
      await kernel.start(acceptance(id, { userId }));
      await world.clock.advance(10);
    }
    expect(admitted()).toEqual({ a1: 1, a2: 2, b1: 3 });
    await kernel.send('execution', 'a2', 'cancel', { type: 'CANCEL_REQUESTED', by: 'a', reason: 'enough' });
    await world.clock.settle();
    expect(Object.keys(admitted())).toEqual(['a1', 'a2', 'b1']);
    await kernel.send('execution', 'a2', 'gone', gone);
    await world.clock.settle();
    expect(Object.keys(admitted())).toEqual(['a1', 'a2', 'a3', 'b1']);
    await stop();
  });

  test('gives a run the next slot when another process took the one it chose', async () => {
    const { world, kernel, admitted, stop } = await scheduling();
    const other = createKernel(world, producer);
    world.between('commit', async () => {
      await other.start(acceptance('theirs'));
      await other.send('execution', 'theirs', 'admit', { type: 'ADMITTED', attempt: 1, slot: 1 });
    });
    await kernel.start(acceptance('run-1'));
    await world.clock.settle();
    expect(admitted()).toEqual({ 'run-1': 2, theirs: 1 });
    await stop();
  });

  test('of two processes admits once and never beyond the limit', async () => {
    const world = memoryWorld();
    const one = await scheduling({ process: 'one', concurrentMax: 2 }, world);
    const two = await scheduling({ process: 'two', concurrentMax: 2 }, world);
    for (let index = 0; index < 6; index += 1) await two.kernel.start(acceptance(`run-${index}`));
    await world.clock.advance(3_000);
    expect(Object.keys(one.admitted()).length).toBe(2);
    expect((await world.records.held('slot:')).toSorted()).toEqual(['slot:1', 'slot:2']);
    await one.stop();
    await two.stop();
  });

  test('counts what another process admitted in between against the share of its user', async () => {
    const { world, kernel, admitted, stop } = await scheduling({ concurrentPerUserMax: 1 });
    const other = createKernel(world, producer);
    world.between('commit', async () => {
      await other.start(acceptance('theirs', { userId: 'a' }));
      await other.send('execution', 'theirs', 'admit', { type: 'ADMITTED', attempt: 1, slot: 1 });
    });
    await kernel.start(acceptance('mine', { userId: 'a' }));
    await world.clock.settle();
    expect(admitted()).toEqual({ theirs: 1 });
    await stop();
  });

  test('admits by the priority that a run has by now', async () => {
    const { world, kernel, admitted, stop } = await scheduling({ concurrentMax: 1 });
    for (const id of ['run-1', 'run-2', 'run-3']) await kernel.start(acceptance(id));
    await world.clock.settle();
    const raised = { type: 'PRIORITY_CHANGED', priority: 'critical', by: 'admin' };
    await kernel.send('execution', 'run-3', 'raise', raised);
    await kernel.send('execution', 'run-1', 'cancel', { type: 'CANCEL_REQUESTED', by: 'u', reason: 'r' });
    await kernel.send('execution', 'run-1', 'gone', gone);
    await world.clock.settle();
    expect(admitted()).toEqual({ 'run-1': undefined, 'run-3': 1 });
    await stop();
  });

  test('repeats a run that the platform lost before those that came after it', async () => {
    const { world, kernel, admitted, stop } = await scheduling({ concurrentMax: 1 });
    await kernel.start(acceptance('run-1'));
    await world.clock.advance(1_000);
    await kernel.start(acceptance('run-2', { userId: 'other' }));
    await world.clock.advance(1_000);
    const lost = { type: 'POD_LOST', attempt: 1, words: 'node gone', byOurDrain: false };
    await kernel.send('execution', 'run-1', 'lost', lost);
    await kernel.send('execution', 'run-1', 'gone', gone);
    await world.clock.settle();
    expect(admitted()).toEqual({ 'run-1': 1 });
    await stop();
  });

  test('hands over when it is drained', async () => {
    const world = memoryWorld();
    const one = await scheduling({ process: 'one' }, world);
    const two = await scheduling({ process: 'two' }, world);
    await one.stop();
    await two.kernel.start(acceptance('run-1'));
    await world.clock.advance(2_500);
    expect(two.admitted()).toEqual({ 'run-1': 1 });
    await two.stop();
  });

  test('bears a store that is away, and goes on', async () => {
    const { world, kernel, admitted, stop } = await scheduling();
    world.fail('held', 4);
    await kernel.start(acceptance('run-1'));
    await world.clock.advance(6_000);
    expect(admitted()).toEqual({ 'run-1': 1 });
    await stop();
  });

  test('passes over a run that only a newer process understands', async () => {
    const { world, kernel, admitted, stop } = await scheduling({ concurrentMax: 1 });
    const other = createKernel(
      { ...world, liveFeed: { ...world.liveFeed, hint: () => undefined } },
      producer,
    );
    await other.start(acceptance('newer'));
    const record = world.stored.get('execution/newer');
    if (record !== undefined) record.machineVersion = 999;
    await world.clock.advance(10);
    await kernel.start(acceptance('run-1'));
    await world.clock.advance(3_000);
    expect(admitted()).toEqual({ 'run-1': 1 });
    await stop();
  });

  test('admits nobody while admission is paused, and lets nobody run out of time meanwhile', async () => {
    const { world, kernel, admitted, stop } = await scheduling({ queueTimeoutMs: 5_000 });
    const documents = world.documents.collection<AdmissionState>(admissionCollection);
    const paused = { by: 'admin', reason: 'repair', at: world.clock.now() };
    await documents.insert(admissionId, { paused, closures: [], lookedAt: world.clock.now() });
    await world.clock.advance(1_500);
    await kernel.start(acceptance('run-1'));
    await world.clock.advance(60_000);
    expect(admitted()).toEqual({});
    await documents.change(admissionId, { set: { paused: null } });
    await world.clock.advance(1_500);
    expect(admitted()).toEqual({ 'run-1': 1 });
    await stop();
  });

  test('ends the wait of a run that has waited too long while admission was open', async () => {
    const { world, kernel, stop } = await scheduling({ concurrentMax: 1, queueTimeoutMs: 5_000 });
    await kernel.start(acceptance('run-1'));
    await kernel.start(acceptance('run-2'));
    await world.clock.advance(4_000);
    expect(world.stored.get('execution/run-2')?.state).toBe('queued');
    await world.clock.advance(2_500);
    const late = world.stored.get('execution/run-2');
    expect(late?.turns.some(({ event }) => event.type === 'QUEUE_EXPIRED')).toBe(true);
    await stop();
  });

  test('drops a run that was cancelled while it waited', async () => {
    const { world, kernel, admitted, stop } = await scheduling({ concurrentMax: 1 });
    for (const id of ['run-1', 'run-2', 'run-3']) await kernel.start(acceptance(id));
    await world.clock.settle();
    const other = createKernel(
      { ...world, liveFeed: { ...world.liveFeed, hint: () => undefined } },
      producer,
    );
    await other.send('execution', 'run-2', 'cancel', { type: 'CANCEL_REQUESTED', by: 'u', reason: 'r' });
    await kernel.send('execution', 'run-1', 'cancel', { type: 'CANCEL_REQUESTED', by: 'u', reason: 'r' });
    await kernel.send('execution', 'run-1', 'gone', gone);
    await world.clock.settle();
    expect(admitted()['run-3']).toBe(1);
    await stop();
  });
});

describe('slots', () => {
  test('of an earlier attempt are asked for again until their pod is gone', async () => {
    const world = memoryWorld();
    const kernel = createKernel(world, producer);
    await kernel.start(acceptance('run-1'));
    await kernel.send('execution', 'run-1', 'admit', { type: 'ADMITTED', attempt: 1, slot: 1 });
    const lost = { type: 'POD_LOST', attempt: 1, words: 'node gone', byOurDrain: false };
    await kernel.send('execution', 'run-1', 'lost', lost);
    await kernel.settled();
    const record = world.stored.get('execution/run-1');
    expect(record === undefined ? [] : leftAttempts(record)).toEqual([1]);
    const deletions = () => world.published.filter(({ type }) => type === 'delete_pod_command').length;
    const already = deletions();
    const stop = new AbortController();
    const done = slotsChild(portsOf(world), settings).run({ signal: stop.signal, ready: () => undefined });
    await world.clock.advance(31_000);
    expect(deletions()).toBe(already + 1);
    await kernel.send('execution', 'run-1', 'gone', gone);
    await world.clock.advance(90_000);
    expect(deletions()).toBe(already + 1);
    stop.abort();
    await done;
  });
});
