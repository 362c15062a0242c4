// Messages by key: one at a time for each, keys side by side, and what happens to those that fail or are dropped.
import { describe, expect, test } from 'bun:test';
import { keyLanes, type Lanes, type Task } from '#src/adapters/kafka/lanes.ts';
import { virtualClock } from '#tests/actors/virtual-clock.ts';
import { until } from '#tests/support/until.ts';

interface Run {
  name: string;
  end(): void;
  fail(): void;
}

function world(runningMax = 10) {
  const clock = virtualClock();
  const lanes = keyLanes(clock, runningMax);
  const runs: Run[] = [];
  const done: string[] = [];
  const delays: number[] = [];
  const task = (name: string): Task => ({
    key: name.slice(0, 1),
    run: () => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      runs.push({ name, end: resolve, fail: () => reject(new Error('not now')) });
      return promise;
    },
    done: () => void done.push(name),
    failed: (_error, _failures, delayMs) => void delays.push(delayMs),
  });
  const add = (to: Lanes, ...names: string[]) => {
    for (const name of names) to.add(task(name));
  };
  const names = () => runs.map(({ name }) => name);
  const last = (name: string): Run => {
    const found = runs.findLast((run) => run.name === name);
    if (found === undefined) throw new Error(`${name} does not run`);
    return found;
  };
  return { clock, lanes, add, names, last, done, delays };
}

describe('lanes', () => {
  test('run one message of a key at a time, in order, and keys side by side', async () => {
    const { lanes, add, names, last, done } = world();
    add(lanes, 'a1', 'a2', 'b1');
    expect(names()).toEqual(['a1', 'b1']);
    last('a1').end();
    await until(() => names().includes('a2'));
    expect(done).toEqual(['a1']);
    expect(lanes.running()).toBe(2);
  });

  test('run no more than so many at once', async () => {
    const { lanes, add, names, last } = world(2);
    add(lanes, 'a1', 'b1', 'c1');
    expect(names()).toEqual(['a1', 'b1']);
    last('b1').end();
    await until(() => names().includes('c1'));
    expect(lanes.running()).toBe(2);
  });

  test('repeat what failed after a pause that grows to a second, before the next of its key', async () => {
    const { clock, lanes, add, names, last, delays } = world();
    add(lanes, 'a1', 'a2');
    for (let tries = 1; tries <= 7; tries += 1) {
      last('a1').fail();
      await until(() => delays.length === tries);
      await clock.advance(delays.at(-1) ?? 0);
      expect(names()).toHaveLength(tries + 1);
    }
    expect(delays).toEqual([50, 100, 200, 400, 800, 1_000, 1_000]);
    last('a1').end();
    await until(() => names().includes('a2'));
  });

  test('forget what is dropped, but what runs holds its key until it ends', async () => {
    const { lanes, add, names, last, done } = world();
    add(lanes, 'a1', 'a2', 'b1', 'b2');
    lanes.drop();
    add(lanes, 'a3');
    expect(names()).toEqual(['a1', 'b1']);
    last('a1').end();
    await until(() => names().includes('a3'));
    last('a3').end();
    last('b1').end();
    await lanes.idle();
    expect(done).toEqual(['a1', 'a3', 'b1']);
    expect(names()).toEqual(['a1', 'b1', 'a3']);
  });

  test('do not repeat what was dropped while it ran, or while it waited for its next try', async () => {
    const { clock, lanes, add, names, last, delays } = world();
    add(lanes, 'a1', 'b1');
    last('a1').fail();
    await until(() => delays.length === 1);
    lanes.drop();
    last('b1').fail();
    await lanes.idle();
    add(lanes, 'b2');
    await clock.advance(10_000);
    expect(names()).toEqual(['a1', 'b1', 'b2']);
  });
});
