// Time under a system clock that is set while we run.
import { expect, test } from 'bun:test';
import { steadyTime } from '#src/adapters/system/steady-time.ts';

const second = 1_000;
const hour = 3_600 * second;

/** A machine whose two clocks go on together, until somebody sets the one that tells the time of day. */
function machine() {
  let passed = 0;
  let wall = 1_800_000_000_000;
  const time = steadyTime(
    () => wall,
    () => passed,
  );
  return {
    time,
    pass(ms: number): void {
      passed += ms;
      wall += ms;
    },
    set(byMs: number): void {
      wall += byMs;
    },
    /** The two clocks do not go equally fast. */
    drift(ms: number): void {
      wall += ms;
    },
    wall: () => wall,
  };
}

test('where nobody sets the clock it is the system clock', () => {
  const { time, pass, wall } = machine();
  for (let step = 0; step < 1_000; step += 1) {
    expect(time.now()).toBe(wall());
    pass(7);
  }
  expect(time.gapMs()).toBe(0);
});

test.each([hour, -hour])('a jump by %i ms moves no deadline by more than a fiftieth', (jump) => {
  const { time, pass, set } = machine();
  const armed = time.now() + 300 * second;
  set(jump);
  expect(time.gapMs()).toBe(jump);
  let passed = 0;
  while (time.now() < armed) {
    pass(50);
    passed += 50;
  }
  expect(passed).toBeGreaterThanOrEqual((300 * second) / 1.021);
  expect(passed).toBeLessThanOrEqual((300 * second) / 0.979);
});

test('it never goes back, and no span of time is negative', () => {
  const { time, pass, set } = machine();
  let before = time.now();
  for (const jump of [-hour, 5, -3, hour, -2 * hour, 0, 90, -hour / 2]) {
    set(jump);
    for (let step = 0; step < 50; step += 1) {
      pass(step % 3);
      const now = time.now();
      expect(now).toBeGreaterThanOrEqual(before);
      before = now;
    }
  }
});

test.each([hour, -hour])(
  'a jump by %i ms is made up in fifty times its length, and then it is the system clock again',
  (jump) => {
    const { time, pass, set, wall } = machine();
    set(jump);
    for (let minute = 0; minute < 49 * 60; minute += 1) {
      pass(60 * second);
      time.now();
    }
    expect(Math.abs(time.gapMs())).toBeGreaterThan(0);
    pass(hour + second);
    time.now();
    expect(time.now()).toBe(wall());
    expect(time.gapMs()).toBe(0);
  },
);

test('clocks that drift apart a little stay together', () => {
  const { time, pass, drift } = machine();
  for (let step = 0; step < 5_000; step += 1) {
    pass(1_000);
    drift(step % 2 === 0 ? 1 : 0);
    time.now();
    expect(Math.abs(time.gapMs())).toBeLessThanOrEqual(1);
  }
});

test('the first correction is taken at once, later ones slowly, and time never goes back', () => {
  const { time, pass, wall } = machine();
  time.correct(-5 * second);
  expect(time.now()).toBe(wall() - 5 * second);
  time.correct(-6 * second);
  expect([time.now(), time.gapMs()]).toEqual([wall() - 5 * second, -second]);
  pass(10 * second);
  expect(time.now()).toBe(wall() - 5 * second - 200);
  pass(hour);
  expect(time.now()).toBe(wall() - 6 * second);
});
