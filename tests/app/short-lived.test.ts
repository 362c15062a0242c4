// Answers that are kept for half a second, and work that goes in turn.
import { expect, test } from 'bun:test';
import { createInTurn } from '#src/app/in-turn.ts';
import { shortLived } from '#src/app/short-lived.ts';
import { virtualClock } from '#tests/actors/virtual-clock.ts';

test('an answer is kept for half a second and then asked for again', async () => {
  const clock = virtualClock();
  const kept = shortLived<number>(clock);
  let asked = 0;
  const get = () => kept.get('key', async () => ++asked);
  expect(await Promise.all([get(), get()])).toEqual([1, 1]);
  await clock.advance(499);
  expect(await get()).toBe(1);
  await clock.advance(1);
  expect(await get()).toBe(2);
  kept.forget('key');
  expect(await get()).toBe(3);
});

test('a failure is not kept', async () => {
  const kept = shortLived<number>(virtualClock());
  await expect(kept.get('key', () => Promise.reject(new Error('down')))).rejects.toThrow('down');
  expect(await kept.get('key', async () => 1)).toBe(1);
});

test('work with one key goes one after another, also after a failure; other keys do not wait', async () => {
  const inTurn = createInTurn();
  const done: string[] = [];
  const first = Promise.withResolvers<void>();
  const failing = inTurn('a', async () => {
    await first.promise;
    done.push('a1');
    throw new Error('failed');
  });
  const second = inTurn('a', async () => {
    done.push('a2');
  });
  await inTurn('b', async () => {
    done.push('b');
  });
  expect(done).toEqual(['b']);
  first.resolve();
  await expect(failing).rejects.toThrow('failed');
  await second;
  expect(done).toEqual(['b', 'a1', 'a2']);
});
