// Time and ids as the system gives them.
import { expect, test } from 'bun:test';
import { randomIds, systemClock } from '#src/adapters/system/clock.ts';

const clock = systemClock();

test('a call comes once, after its delay', async () => {
  const began = clock.monotonic();
  await new Promise<void>((resolve) => clock.after(5, resolve));
  expect(clock.monotonic() - began).toBeGreaterThanOrEqual(4);
});

test('a cancelled call does not come, nor does one whose delay is longer than a timer can count', async () => {
  const called: string[] = [];
  const cancel = clock.after(1, () => called.push('cancelled'));
  const cancelLong = clock.after(2 ** 40, () => called.push('long'));
  cancel();
  await new Promise<void>((resolve) => clock.after(10, resolve));
  cancelLong();
  expect(called).toEqual([]);
});

test('ids are UUIDs, never the same, and later ones sort later', () => {
  const ids = randomIds();
  const drawn = Array.from({ length: 1_000 }, () => ids.next());
  expect(new Set(drawn).size).toBe(1_000);
  expect([...drawn].sort()).toEqual(drawn);
  expect(drawn[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
