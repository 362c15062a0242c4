// What a watcher hears while watches end, break, or cannot be resumed: each pod once, each change, each end once, nothing lost.
import { describe, expect, test } from 'bun:test';
import type { PodChange } from '#src/ports/pods.ts';
import { until } from '#tests/support/until.ts';
import { quickClock } from './quick-clock.ts';
import { openWorld, spec, type World } from './world.ts';

interface Heard {
  changes: PodChange[];
  of(name: string): string[];
  ended: Promise<unknown>;
  leave(): void;
}

function listen(world: World): Heard {
  const changes: PodChange[] = [];
  const control = new AbortController();
  const ended = world.pods
    .watch((change) => changes.push(change), control.signal)
    .then(
      () => 'left',
      (error: unknown) => error,
    );
  const of = (name: string): string[] =>
    changes
      .filter(({ pod }) => pod.name === name)
      .map((change) => (change.kind === 'gone' ? 'gone' : change.pod.phase));
  return { changes, of, ended, leave: () => control.abort() };
}

const within = (body: (world: World, heard: Heard) => Promise<void>) => async (): Promise<void> => {
  const world = openWorld({ clock: quickClock(10), fake: { starts: false } });
  const heard = listen(world);
  try {
    await world.pods.create('first', 'first:1', spec);
    await until(() => heard.of('first').length > 0);
    await body(world, heard);
  } finally {
    heard.leave();
    expect(await heard.ended).toBe('left');
    await world.close();
  }
};
const watches = (world: World): number =>
  world.server.requests.filter((line) => line.includes('watch=true')).length;
const lists = (world: World): number =>
  world.server.requests.filter(
    (line) => line.startsWith('GET') && line.includes('labelSelector') && !line.includes('watch=true'),
  ).length;

describe('the view of the pods', () => {
  test(
    'goes on where a watch ended, without a new list',
    within(async (world, heard) => {
      const before = lists(world);
      const begun = watches(world);
      world.server.endWatches();
      world.server.setStatus('first', { phase: 'Running' });
      await until(() => heard.of('first').at(-1) === 'running');
      expect(heard.of('first')).toEqual(['pending', 'running']);
      expect(watches(world)).toBeGreaterThan(begun);
      expect(lists(world)).toBe(before);
    }),
  );

  test(
    'lists anew when the version is too old, and tells what was missed once',
    within(async (world, heard) => {
      await world.pods.create('second', 'second:1', spec);
      await until(() => heard.of('second').length > 0);
      const before = lists(world);
      // Nobody is told of these.
      world.server.pods.delete('second');
      const first = world.server.pods.get('first');
      world.server.pods.set('first', { ...first, status: { phase: 'Running' } });
      world.server.forgetHistory();
      await until(() => heard.of('first').at(-1) === 'running' && heard.of('second').at(-1) === 'gone');
      expect(heard.of('first')).toEqual(['pending', 'running']);
      expect(heard.of('second')).toEqual(['pending', 'gone']);
      expect(lists(world)).toBe(before + 1);
    }),
  );

  test(
    'tells nothing twice that means the same',
    within(async (world, heard) => {
      world.server.setStatus('first', { phase: 'Pending', conditions: [{ type: 'Ready', status: 'False' }] });
      world.server.setStatus('first', { phase: 'Running' });
      await until(() => heard.of('first').at(-1) === 'running');
      expect(heard.of('first')).toEqual(['pending', 'running']);
    }),
  );
});

test('a watcher is told that nothing is told any more, and the next one hears everything', async () => {
  const world = openWorld({ clock: quickClock(10), fake: { starts: false } });
  await world.pods.create('first', 'first:1', spec);
  const heard = listen(world);
  await until(() => heard.of('first').length > 0);
  world.server.interfere = () => new Response(null, { status: 500 });
  world.server.endWatches();
  expect(await heard.ended).toMatchObject({ kind: 'unavailable' });
  world.server.interfere = () => null;
  world.server.pods.clear();
  await world.pods.create('second', 'second:1', spec);
  const next = listen(world);
  await until(() => next.of('second').length > 0);
  expect(next.of('first').at(-1) ?? 'gone').toBe('gone');
  next.leave();
  expect(await next.ended).toBe('left');
  await world.close();
});
