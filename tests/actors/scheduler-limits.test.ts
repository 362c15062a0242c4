// Limits that change while runs wait and run: what the scheduler makes of them, and how soon.
import { describe, expect, test } from 'bun:test';
import { noQuotas, type QuotasBody, quotasCollection } from '#src/domain/quotas.ts';
import { admissionChannel } from '#src/ports/live-feed.ts';
import { acceptance } from './runs.ts';
import { gone, roomy, scheduling } from './scheduler-at-work.ts';

describe('the scheduler', () => {
  test('with a limit lowered below what runs admits nobody and ends nobody, until enough have ended', async () => {
    const limits = { ...roomy, concurrentMax: 3 };
    const { world, kernel, admitted, stop } = await scheduling(limits);
    for (const id of ['run-1', 'run-2', 'run-3', 'run-4']) await kernel.start(acceptance(id));
    await world.clock.settle();
    limits.concurrentMax = 1;
    const end = async (id: string): Promise<void> => {
      await kernel.send('execution', id, 'cancel', { type: 'CANCEL_REQUESTED', by: 'u', reason: 'r' });
      await kernel.send('execution', id, 'gone', gone);
      await world.clock.advance(1_000);
    };
    await end('run-1');
    await end('run-2');
    expect(world.stored.get('execution/run-3')?.state).toBe('starting');
    expect(world.stored.get('execution/run-4')?.state).toBe('queued');
    await end('run-3');
    expect(admitted()['run-4']).toBe(1);
    await stop();
  });

  test('takes up a quota at once when it is told', async () => {
    const { world, kernel, admitted, stop } = await scheduling({ concurrentPerUserMax: 1 });
    for (const id of ['run-1', 'run-2']) await kernel.start(acceptance(id, { userId: 'a' }));
    await world.clock.settle();
    const quotas = world.documents.collection<QuotasBody>(quotasCollection);
    await quotas.insert('a', { ...noQuotas, concurrent: 2 });
    world.liveFeed.hint(admissionChannel);
    await world.clock.settle();
    expect(admitted()).toEqual({ 'run-1': 1, 'run-2': 2 });
    await stop();
  });

  test('takes up a quota that is told while nobody waits, before the next run comes', async () => {
    const { world, kernel, admitted, stop } = await scheduling({ concurrentPerUserMax: 2 });
    await kernel.start(acceptance('run-1', { userId: 'b' }));
    await world.clock.settle();
    const quotas = world.documents.collection<QuotasBody>(quotasCollection);
    await quotas.insert('a', { ...noQuotas, concurrent: 1 });
    world.liveFeed.hint(admissionChannel);
    await world.clock.settle();
    for (const id of ['run-2', 'run-3']) await kernel.start(acceptance(id, { userId: 'a' }));
    await world.clock.settle();
    expect(admitted()).toEqual({ 'run-1': 1, 'run-2': 2 });
    await stop();
  });

  test('takes up within a second a quota of which no hint came', async () => {
    const { world, kernel, admitted, stop } = await scheduling({ concurrentPerUserMax: 1 });
    for (const id of ['run-1', 'run-2']) await kernel.start(acceptance(id, { userId: 'a' }));
    await world.clock.settle();
    const quotas = world.documents.collection<QuotasBody>(quotasCollection);
    await quotas.insert('a', { ...noQuotas, concurrent: 2 });
    await world.clock.advance(1_000);
    expect(admitted()).toEqual({ 'run-1': 1, 'run-2': 2 });
    await stop();
  });
});
