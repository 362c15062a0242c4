// A record that has no room: it is set aside or waits, and never stands still for good.
import { describe, expect, test } from 'bun:test';
import { createKernel } from '#actors/kernel/kernel.ts';
import { isUnavailable } from '#src/domain/errors.ts';
import type { JsonObject } from '#src/domain/json.ts';
import { recordBytesMax } from '#src/domain/sizes.ts';
import { memoryWorld, type World } from './memory-ports.ts';
import { acceptance } from './runs.ts';

const producer = { service: 'saga-orchestrator', serviceVersion: '1' };
const tooMuch = { type: 'CANCEL_REQUESTED', by: 'user-1', reason: 'x'.repeat(recordBytesMax) };

async function started() {
  const world = memoryWorld();
  const kernel = createKernel(world, producer);
  await kernel.start(acceptance('run-1'));
  await kernel.settled();
  return { world, kernel };
}

const recordOf = (world: World) => {
  const record = world.stored.get('execution/run-1');
  if (record === undefined) throw new Error('no such record');
  return record;
};

describe('a step that would make a record too large', () => {
  test('sets it aside, where people see it', async () => {
    const { world, kernel } = await started();
    expect((await kernel.send('execution', 'run-1', 'cancel', tooMuch)).kind).toBe('committed');
    expect(recordOf(world)).toMatchObject({ version: 2, state: 'queued', final: false });
    expect(recordOf(world).quarantine?.words).toBe('its next turn would have been too large');
    expect(recordOf(world).timers).toHaveLength(1);
  });

  test('waits while what the record said has not left, because that makes room', async () => {
    const world = memoryWorld();
    const kernel = createKernel(world, producer);
    world.fail('publish', 1);
    await kernel.start(acceptance('run-1'));
    await kernel.settled();
    const cancelled = kernel.send('execution', 'run-1', 'cancel', tooMuch).catch(isUnavailable);
    expect(await cancelled).toBe(true);
    expect(recordOf(world)).toMatchObject({ version: 1, quarantine: null });
  });

  test('is no end of one that is set aside already: the last word of its machine goes without the history', async () => {
    const { world, kernel } = await started();
    await kernel.send('execution', 'run-1', 'odd', { type: 'HELLO' });
    const record = recordOf(world);
    const [first] = record.turns;
    if (first === undefined) throw new Error('it has a history');
    // As large as it may be: the next turn has no room.
    const words = 'x'.repeat(recordBytesMax - JSON.stringify(record).length - 20);
    record.turns = [{ ...first, event: { ...first.event, words } }];
    const [timer] = record.timers;
    if (timer === undefined) throw new Error('it has a deadline');
    await world.clock.advance(timer.at - world.clock.now());
    const { name, arming } = timer;
    const event = { type: 'TIMER_FIRED', name };
    const fired = await kernel.turn({ machine: 'execution', id: 'run-1', cause: 'due', event, arming });
    expect(fired.kind).toBe('committed');
    expect(recordOf(world)).toMatchObject({ quarantine: null, state: 'errored', final: true });
    expect(recordOf(world).turns).toHaveLength(1);
  });
});

describe('a deadline', () => {
  test('asks no more while so much that its record said has not left, and goes on once it has', async () => {
    const { world, kernel } = await started();
    world.fail('publish', Number.POSITIVE_INFINITY);
    const fire = async () => {
      const [timer] = recordOf(world).timers;
      if (timer === undefined) throw new Error('it has a deadline');
      await world.clock.advance(Math.max(0, timer.at - world.clock.now()));
      const { name, arming } = timer;
      const event = { type: 'TIMER_FIRED', name };
      const command = { machine: 'execution', id: 'run-1', cause: `due ${arming}`, event, arming };
      return (await kernel.turn(command)).kind;
    };
    await kernel.send('execution', 'run-1', 'admit', { type: 'ADMITTED', attempt: 1, slot: 1 });
    for (let rounds = 0; (await fire()) === 'committed'; rounds += 1) expect(rounds).toBeLessThan(64);
    expect(await fire()).toBe('full');
    const { outbox, version } = recordOf(world);
    expect(outbox.length).toBeLessThan(70);
    world.fail('publish', 0);
    const stop = new AbortController();
    const sweeping = kernel.sweep.run({ signal: stop.signal, ready: () => undefined });
    await world.clock.advance(5_000);
    stop.abort();
    await sweeping;
    expect(await fire()).toBe('committed');
    expect(recordOf(world).version).toBe(version + 1);
  });
});

test('the largest run that there can be has room: cut off a hundred times, with all the files and the worst output', async () => {
  const { world, kernel } = await started();
  const words = 'x'.repeat(2_000);
  const send = (cause: string, event: { type: string } & JsonObject) =>
    kernel.send('execution', 'run-1', cause, event);
  let attempt = 1;
  const begin = async () => {
    await send(`admit ${attempt}`, { type: 'ADMITTED', attempt, slot: attempt });
    await send(`run ${attempt}`, { type: 'POD_RUNNING', attempt, podName: 'p' });
  };
  for (; attempt <= 120; attempt += 1) {
    await begin();
    await send(`lose ${attempt}`, { type: 'POD_LOST', attempt, words, byOurDrain: true });
    await send(`gone ${attempt}`, { type: 'POD_DELETED', attempt });
  }
  await begin();
  const usage = { wallMs: 1, cpuMs: 1, memoryPeakBytes: 1 };
  const bytes = { stdoutBytes: 1, stderrBytes: 1, truncated: false };
  const exit = { cause: 'exited', exitCode: 0, signal: null, usage, ...bytes, detail: words };
  await send('exit', { type: 'POD_EXITED', attempt, exit, last: 7 });
  const file = { name: 'x'.repeat(255), contentType: 'application/octet-stream', sizeBytes: 1 };
  const preview = { stdout: 'x'.repeat(16_384), stderr: 'x'.repeat(16_384) };
  const artifacts = Array.from({ length: 200 }, () => file);
  const summary = { last: 7, ...bytes, sha256: 'x'.repeat(64), artifacts, preview };
  await send('seal', { type: 'RESULT_SEALED', attempt, exit, summary });
  await kernel.settled();
  const record = recordOf(world);
  expect(record).toMatchObject({ state: 'ending', quarantine: null });
  expect(record.snapshot.context.attempts).toHaveLength(100);
  expect(JSON.stringify(record).length).toBeLessThan(recordBytesMax);
});
