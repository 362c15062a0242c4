// Somebody sets the system's clock by an hour while runs wait and run: deadlines neither come early nor wait, and no record
// bears a time before its last.
import { expect, test } from 'bun:test';
import { createKernel } from '#actors/kernel/kernel.ts';
import { steadyTime } from '#src/adapters/system/steady-time.ts';
import { memoryWorld } from './memory-ports.ts';
import { acceptance } from './runs.ts';

const producer = { service: 'saga-orchestrator', serviceVersion: '1' };
const hour = 3_600_000;

/** A process on the production clock, over a system clock that a test sets. */
function settable() {
  const world = memoryWorld();
  const { clock } = world;
  let setBy = 0;
  const time = steadyTime(() => clock.now() + setBy, clock.monotonic);
  const ours = { now: time.now, monotonic: clock.monotonic, after: clock.after };
  const kernel = createKernel({ ...world, clock: ours }, producer);
  const stop = new AbortController();
  return {
    world,
    kernel,
    set: (byMs: number) => {
      setBy += byMs;
    },
    async running(body: () => Promise<void>): Promise<void> {
      const timers = kernel.timers.run({ signal: stop.signal, ready: () => undefined });
      try {
        await body();
      } finally {
        stop.abort();
        await timers;
      }
    },
    record: () => {
      const record = world.stored.get('execution/run-1');
      if (record === undefined) throw new Error('no such record');
      return record;
    },
  };
}

test.each([hour, -hour])('set by %i ms, a deadline comes when its time has passed', async (byMs) => {
  const { world, kernel, set, running, record } = settable();
  await kernel.start(acceptance('run-1'));
  await kernel.send('execution', 'run-1', 'admit', { type: 'ADMITTED', attempt: 1, slot: 1 });
  await running(async () => {
    const armed = record();
    if (armed.nextDeadline === null) throw new Error('nothing is armed');
    const waitMs = armed.nextDeadline - armed.at;
    set(byMs);
    await world.clock.advance(waitMs * 0.97);
    expect(record().version).toBe(armed.version);
    await world.clock.advance(waitMs * 0.06 + 1_000);
    expect(record().version).toBeGreaterThan(armed.version);
    expect(record().at).toBeGreaterThanOrEqual(armed.at);
  });
});

test('set to and fro, the times of a record never go back', async () => {
  const { world, kernel, set, record } = settable();
  await kernel.start(acceptance('run-1'));
  let before = record().at;
  for (const [turn, byMs] of [-hour, hour, -2 * hour, 3 * hour].entries()) {
    set(byMs);
    await world.clock.advance(500);
    const event = { type: 'PRIORITY_CHANGED', priority: turn % 2 === 0 ? 'low' : 'background', by: 'admin' };
    await kernel.send('execution', 'run-1', `turn ${turn}`, event);
    expect(record().at).toBeGreaterThan(before);
    expect(record().at - before).toBeLessThanOrEqual(511);
    before = record().at;
  }
});
