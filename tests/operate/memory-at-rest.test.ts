// When a process that worked asks for its garbage to be collected: once it rests, and once only.
import { expect, test } from 'bun:test';
import { collectAtRest } from '#src/memory-at-rest.ts';
import { virtualClock } from '#tests/actors/virtual-clock.ts';

function process() {
  const clock = virtualClock();
  let [usedMs, collected] = [0, 0];
  const stop = collectAtRest({
    clock,
    processorMs: () => usedMs,
    collect() {
      collected += 1;
      // It costs something itself.
      usedMs += 900;
    },
  });
  return {
    stop,
    collected: () => collected,
    /** Five seconds, in which it uses so much of the processor. */
    async pass(ms: number) {
      usedMs += ms;
      await clock.advance(5_000);
    },
  };
}

test('a process collects once when its work is over, and again only after more work', async () => {
  const { pass, collected } = process();
  await pass(20);
  expect(collected()).toBe(1);
  await pass(20);
  await pass(499);
  expect(collected()).toBe(1);
  for (let round = 0; round < 5; round += 1) await pass(2_000);
  expect(collected()).toBe(1);
  await pass(20);
  await pass(20);
  expect(collected()).toBe(2);
});

test('a process that ends collects nothing any more', async () => {
  const { pass, collected, stop } = process();
  stop();
  await pass(20);
  expect(collected()).toBe(0);
});
