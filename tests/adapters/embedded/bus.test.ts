// What the embedded bus does beyond the port: back-off, long backlogs, pruning.
import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { openConnection } from '#src/adapters/embedded/database.ts';
import { openEmbedded } from '#src/adapters/embedded/engines.ts';
import type { Clock } from '#src/ports/clock.ts';
import { gated, idsOf, listening, series, topics } from '#tests/contract/bus-listeners.ts';
import { settleOnLoop } from '#tests/contract/harness.ts';
import { sampleEvent } from '#tests/contract/sample-event.ts';
import { dataFolder } from '#tests/support/data-folder.ts';
import { quietLogger } from '#tests/support/quiet-logger.ts';
import { withEngines } from './opened.ts';

/** Waits for nothing and writes down how long it was asked to wait. */
function hastyClock(): Clock & { delays: number[] } {
  const delays: number[] = [];
  return {
    delays,
    now: () => 1_000,
    monotonic: () => 1_000,
    after(delayMs, call) {
      delays.push(delayMs);
      const soon = setImmediate(call);
      return () => clearImmediate(soon);
    },
  };
}

test('a rejected message waits longer each time, up to five seconds, and is logged without its content', async () => {
  const folder = await dataFolder();
  const clock = hastyClock();
  const logger = quietLogger();
  const { bus, close } = await openEmbedded({ dataDir: folder.path, clock, logger });
  let calls = 0;
  await bus.subscribe({
    group: 'g',
    topics,
    handle: async (event) => {
      calls += 1;
      if (calls < 9 || (event.id === 'e2' && calls === 10)) throw new Error('not now');
    },
  });
  await bus.publish([sampleEvent('e1', 'secret-key'), sampleEvent('e2', 'secret-key')]);
  await settleOnLoop(() => calls === 11);
  const backOff = clock.delays.filter((delayMs) => delayMs !== 50);
  expect(backOff).toEqual([100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000, 100]);
  expect(logger.lines).toHaveLength(9);
  expect(logger.lines[0]).toMatchObject({
    level: 'warn',
    fields: { group: 'g', topic: 'inspect_pod_command', event: 'e1', failures: 1 },
  });
  expect(JSON.stringify(logger.lines)).not.toContain('secret-key');
  await close();
  await folder.remove();
});

test(
  'a backlog longer than what is loaded at once is delivered whole and in order',
  withEngines(async ({ engines: { bus } }) => {
    const events = ['a', 'b', 'c'].flatMap((key) => series(key, 2_000));
    await bus.publish(events);
    const { seen, subscribed } = await listening(bus, 'g');
    await settleOnLoop(() => seen.length >= events.length);
    for (const key of ['a', 'b', 'c']) {
      expect(seen.filter((id) => id.startsWith(key))).toEqual(idsOf(series(key, 2_000)));
    }
    expect(await subscribed.lag()).toBe(0);
  }),
);

test(
  'more than can be loaded while handlers are busy waits in the table, and nothing is lost',
  withEngines(async ({ engines: { bus } }) => {
    const { inside, handle, release } = gated();
    const done: string[] = [];
    const subscribed = await bus.subscribe({
      group: 'g',
      topics,
      handle: async (event) => {
        await handle(event);
        done.push(event.id);
      },
    });
    const keys = Array.from({ length: 500 }, (_, index) => `k${index}-`);
    for (let round = 0; round < 10; round += 1) {
      await bus.publish(keys.map((key) => sampleEvent(`${key}${round}`, key)));
    }
    expect(subscribed.inFlight()).toBe(256);
    expect(await subscribed.lag()).toBe(5_000);
    await settleOnLoop(() => {
      for (const id of [...inside]) release(id);
      return done.length >= 5_000;
    });
    expect(new Set(done).size).toBe(5_000);
    for (const key of keys) {
      const order = done.filter((id) => id.startsWith(key));
      expect(order).toEqual([...order].sort());
    }
  }),
);

test(
  'who joins while another is leaving gets what is published meanwhile',
  withEngines(async ({ engines: { bus } }) => {
    const { inside, handle, release } = gated();
    const leaving = await bus.subscribe({ group: 'g', topics, handle });
    await bus.publish(series('a', 1));
    await settleOnLoop(() => inside.length === 1);
    const left = leaving.close();
    await bus.publish(series('b', 1));
    const { seen } = await listening(bus, 'g');
    await settleOnLoop(() => seen.length === 1);
    release('a0');
    await left;
    expect(seen).toEqual(['b0']);
  }),
);

test(
  'two that leave at the same time leave nothing doubled and nothing behind',
  withEngines(async ({ engines: { bus } }) => {
    const { inside, handle, release } = gated();
    const first = await bus.subscribe({ group: 'g', topics, handle });
    const second = await bus.subscribe({ group: 'g', topics, handle });
    await bus.publish([...series('a', 1), ...series('b', 3)]);
    await settleOnLoop(() => inside.length === 2);
    const both = [first.close(), second.close()];
    release('a0');
    await Promise.race(both);
    release('b0');
    await Promise.all(both);
    const { seen } = await listening(bus, 'g');
    await settleOnLoop(() => seen.length >= 2);
    expect(seen).toEqual(['b1', 'b2']);
  }),
);

test(
  'what those who left had loaded takes no room from those who come',
  withEngines(async ({ engines: { bus } }) => {
    const events = series('a', 3_000);
    await bus.publish(events);
    for (const _time of [1, 2]) {
      const { close } = await bus.subscribe({
        group: 'g',
        topics,
        handle: () => Promise.reject(new Error('never')),
      });
      await close();
    }
    const { seen } = await listening(bus, 'g');
    await settleOnLoop(() => seen.length >= 3_000);
    expect(seen).toEqual(idsOf(events));
  }),
);

test(
  'progress is saved without anybody leaving, and subscribers of a group take turns',
  withEngines(async ({ dataDir, engines: { bus } }) => {
    const first = await listening(bus, 'g');
    const second = await listening(bus, 'g');
    await bus.publish(series('a', 6));
    const connection = openConnection(join(dataDir, 'greenroom.db'));
    const saved = () =>
      connection.get<{ through: number }>(`SELECT through FROM event_offsets WHERE consumers = 'g'`)?.through;
    await settleOnLoop(() => saved() === 6);
    connection.close();
    expect([first.seen.length, second.seen.length]).toEqual([3, 3]);
  }),
);
