// How far a partition may be acknowledged: never past a message that is not finished.
import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { trackProgress } from '#src/adapters/kafka/progress.ts';

test('what is finished is acknowledged only when everything before it is', () => {
  const progress = trackProgress();
  for (const offset of [4, 5, 9]) progress.take(offset);
  progress.finish(5);
  expect(progress.uncommitted()).toBeNull();
  progress.finish(4);
  expect(progress.uncommitted()).toBe(6);
  progress.finish(9);
  expect(progress.uncommitted()).toBe(10);
  expect(progress.held()).toBe(0);
});

test('what is finished behind an older message counts as held', () => {
  const progress = trackProgress();
  for (const offset of [0, 1, 2]) progress.take(offset);
  progress.finish(1);
  progress.finish(2);
  expect(progress.held()).toBe(3);
});

test('what was committed is not committed again', () => {
  const progress = trackProgress();
  progress.take(0);
  progress.take(1);
  progress.finish(0);
  progress.committed(1);
  expect(progress.uncommitted()).toBeNull();
  progress.finish(1);
  expect(progress.uncommitted()).toBe(2);
});

test('in whatever order messages end, the next owner begins at the oldest unfinished one', () => {
  const gaps = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(gaps, fc.infiniteStream(fc.nat()), fc.nat({ max: 40 }), (steps, draws, count) => {
      const offsets = steps.map((_, index) => steps.slice(0, index + 1).reduce((sum, step) => sum + step, 0));
      const progress = trackProgress();
      for (const offset of offsets) progress.take(offset);
      const unfinished = [...offsets];
      for (let left = Math.min(count, offsets.length); left > 0; left -= 1) {
        const index = (draws.next().value ?? 0) % unfinished.length;
        const [offset = 0] = unfinished.splice(index, 1);
        progress.finish(offset);
      }
      const oldest = unfinished[0] ?? Number.POSITIVE_INFINITY;
      const below = offsets.filter((offset) => offset < oldest);
      expect(progress.uncommitted()).toBe(below.length === 0 ? null : (below.at(-1) ?? 0) + 1);
      expect(progress.held()).toBe(offsets.length - below.length);
    }),
  );
});
