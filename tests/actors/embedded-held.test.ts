// What runs leave in the memory of a process on the embedded engines, once garbage is collected: nothing, beyond what its
// caches may hold. In this process and without pods, so that it can be counted.

import { heapStats } from 'bun:jsc';
import { expect, test } from 'bun:test';
import { manyOf } from '#tests/bench/measured.ts';
import { sagaProcess } from '#tests/bench/saga-process.ts';
import { until } from '#tests/support/until.ts';

const atOnce = 50;
/** By then the caches are full. */
const warmUp = 500;
const runs = 2_000;
/** A run that left a kilobyte behind would leave this many. */
const bytesMax = runs * 1_000;

async function liveBytes(): Promise<number> {
  // What is freed by one may have held more.
  for (let round = 0; round < 3; round += 1) {
    Bun.gc(true);
    await new Promise((resume) => setImmediate(resume));
  }
  const { heapSize, extraMemorySize } = heapStats();
  return heapSize + extraMemorySize;
}

test('two thousand runs more leave nothing in memory', async () => {
  const { process, whole } = await sagaProcess({ concurrentMax: 1_000, concurrentPerUserMax: 1_000 });
  const atRest = () => until(async () => (await process.ports.records.held('slot:')).length === 0);
  await manyOf(warmUp, atOnce, whole);
  await atRest();
  const before = await liveBytes();
  await manyOf(runs, atOnce, whole);
  await atRest();
  expect((await liveBytes()) - before).toBeLessThan(bytesMax);
  await process.close();
}, 120_000);
