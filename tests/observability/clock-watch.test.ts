// That the system's clock was set is said once, and once more when it has been made up.
import { expect, test } from 'bun:test';
import { steadyTime } from '#src/adapters/system/steady-time.ts';
import { clockReadiness, followStore, goOnFrom, watchClock } from '#src/clock-watch.ts';
import { virtualClock } from '#tests/actors/virtual-clock.ts';
import { type QuietLogger, quietLogger } from '#tests/support/quiet-logger.ts';

function watched() {
  const virtual = virtualClock(1_800_000_000_000);
  let setBy = 0;
  const time = steadyTime(() => virtual.now() + setBy, virtual.monotonic);
  return {
    time,
    watch: (logger: QuietLogger) => watchClock({ time, after: virtual.after }, logger),
    logger: quietLogger(),
    advance: virtual.advance,
    waiting: virtual.waiting,
    set: (byMs: number) => {
      setBy += byMs;
    },
  };
}

test('a jump is told once, while it lasts by readiness too, and so is its end', async () => {
  const { time, watch, logger, advance, waiting, set } = watched();
  const end = watch(logger);
  expect(clockReadiness(time)).toEqual({ name: 'clock', ready: true, detail: null });
  set(-60_000);
  await advance(30_000);
  expect(logger.lines.map(({ level, message }) => [level, message])).toEqual([
    ['warn', 'the system clock was set; followed slowly'],
  ]);
  expect(clockReadiness(time)).toEqual({
    name: 'clock',
    ready: true,
    detail: 'the system clock was set and is 59 s behind; followed slowly',
  });
  await advance(60_000 * 50);
  expect(logger.lines.map(({ message }) => message)).toEqual([
    'the system clock was set; followed slowly',
    'the system clock is reached again',
  ]);
  end();
  expect(waiting()).toBe(0);
});

test('after a restart time goes on from what the store holds, but not from a day ahead', () => {
  const { time, logger } = watched();
  const before = time.now();
  goOnFrom(before + 3_600_000, time, logger);
  expect(time.now()).toBe(before + 3_600_000);
  goOnFrom(before - 1, time, logger);
  expect(time.now()).toBe(before + 3_600_000);
  goOnFrom(before + 90_000_000 * 2, time, logger);
  expect(time.now()).toBe(before + 3_600_000);
  expect(logger.lines.filter(({ level }) => level === 'error')).toHaveLength(1);
});

test("processes that share a store go by the store's clock, and by what it said last while it is away", async () => {
  const virtual = virtualClock(1_800_000_000_000);
  const time = steadyTime(virtual.now, virtual.monotonic);
  let ahead: number | null = 7_000;
  const aheadMs = async (): Promise<number> => {
    if (ahead === null) throw new Error('away');
    return ahead;
  };
  await followStore(aheadMs, time);
  expect(time.now()).toBe(virtual.now() + 7_000);
  const logger = quietLogger();
  const end = watchClock({ time, after: virtual.after, aheadMs }, logger);
  ahead = 7_100;
  await virtual.advance(30_000);
  expect(time.now()).toBe(virtual.now() + 7_100);
  ahead = null;
  await virtual.advance(20_000);
  expect(time.now()).toBe(virtual.now() + 7_100);
  expect(logger.lines.map(({ message }) => message)).toEqual([
    "the store's clock could not be read",
    "the store's clock could not be read",
  ]);
  end();
  await virtual.advance(60_000);
  expect([logger.lines.length, virtual.waiting()]).toEqual([2, 0]);
});
