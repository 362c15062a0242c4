// Answers that are kept the longer, the more their look has cost.
import { expect, test } from 'bun:test';
import { costly } from '#src/app/costly.ts';
import { virtualClock } from '#tests/actors/virtual-clock.ts';

test('one look serves all who ask meanwhile, and for half a second after', async () => {
  const clock = virtualClock();
  const answers = costly<number>(clock);
  let looks = 0;
  const look = async () => ++looks;
  expect(await Promise.all([answers.get('a', look), answers.get('a', look)])).toEqual([1, 1]);
  await clock.advance(499);
  expect(await answers.get('a', look)).toBe(1);
  await clock.advance(1);
  expect(await answers.get('a', look)).toBe(2);
  expect(await answers.get('b', look)).toBe(3);
});

test.each([
  [100, 2_000],
  [5_000, 10_000],
])('a look that took %d ms serves for %d ms', async (tookMs, servesMs) => {
  const clock = virtualClock();
  const answers = costly<number>(clock);
  let looks = 0;
  const look = async () => {
    await new Promise<void>((resolve) => {
      clock.after(tookMs, resolve);
    });
    return ++looks;
  };
  const first = answers.get('a', look);
  await clock.advance(tookMs);
  await first;
  await clock.advance(servesMs - 1);
  expect(await answers.get('a', look)).toBe(1);
  await clock.advance(1);
  const second = answers.get('a', look);
  await clock.advance(tookMs);
  expect(await second).toBe(2);
});

test('a look that fails is not kept', async () => {
  const answers = costly<number>(virtualClock());
  const failed = answers.get('a', () => Promise.reject(new Error('away')));
  expect(await failed.catch(() => 'failed')).toBe('failed');
  expect(await answers.get('a', async () => 5)).toBe(5);
});
