import { describe, expect, test } from 'bun:test';
import type { Child, Role } from '#actors/role.ts';
import { type RoleFailure, supervise } from '#actors/supervision.ts';
import { aborted } from '#actors/waiting.ts';
import { unavailable } from '#src/domain/errors.ts';
import type { Clock } from '#src/ports/clock.ts';
import { memoryWorld } from './memory-ports.ts';
import { portsOf, settings } from './settings.ts';

/** A child that works until it is told to stop, and says what happens to it. */
const worker = (name: string, story: string[], more: Partial<Child> = {}): Child => ({
  name,
  async run({ signal, ready }) {
    story.push(`${name} starts`);
    ready();
    await aborted(signal);
    story.push(`${name} stops`);
  },
  ...more,
});

function hosted(children: (story: string[], clock: Clock) => Child[]) {
  const world = memoryWorld();
  const story: string[] = [];
  const failures: RoleFailure[] = [];
  const role: Role = { name: 'dlq-processor', children: () => children(story, world.clock) };
  const supervised = supervise(role, portsOf(world), settings, (failure) => failures.push(failure));
  supervised.start();
  return { world, story, failures, supervised };
}

describe('a supervised role', () => {
  test('is ready when every child is, and drains in reverse of the order of start', async () => {
    const open = Promise.withResolvers<void>();
    const { supervised, story } = hosted((told) => [
      worker('a', told),
      worker('b', told, {
        async run({ signal, ready }) {
          await open.promise;
          ready();
          await aborted(signal);
          told.push('b stops');
        },
      }),
    ]);
    expect(supervised.ready()).toBe(false);
    open.resolve();
    await supervised.settled;
    expect(supervised.ready()).toBe(true);
    await supervised.drain();
    expect(story).toEqual(['a starts', 'b stops', 'a stops']);
    expect((await supervised.report()).state).toBe('stopped');
  });

  test('waits at drain for a child that finishes its work', async () => {
    const work = Promise.withResolvers<void>();
    const { supervised, story } = hosted((told) => [
      worker('a', told, {
        async run({ signal, ready }) {
          ready();
          await aborted(signal);
          await work.promise;
          told.push('finished');
        },
      }),
    ]);
    const drained = supervised.drain().then(() => story.push('drained'));
    expect(supervised.ready()).toBe(false);
    work.resolve();
    await drained;
    expect(story).toEqual(['finished', 'drained']);
  });

  test('gives up at drain on a child that never ends, after its bound', async () => {
    const { supervised, world, story } = hosted((told) => [
      worker('a', told),
      worker('b', told, { run: ({ ready }) => new Promise(() => ready()) }),
    ]);
    const drained = supervised.drain().then(() => story.push('drained'));
    await world.clock.advance(settings.drainMs);
    expect(story).not.toContain('drained');
    await world.clock.advance(10_000);
    await drained;
    expect(story).toEqual(['a starts', 'a stops', 'drained']);
  });

  test('restarts a child that fails, with growing pauses of the virtual clock', async () => {
    const starts: number[] = [];
    const { world, supervised } = hosted((_, clock) => [
      {
        name: 'a',
        async run({ signal, ready }) {
          starts.push(clock.monotonic());
          if (starts.length < 4) throw new Error('broken');
          ready();
          await aborted(signal);
        },
      },
    ]);
    await world.clock.advance(60_000);
    expect(starts).toEqual([0, 200, 600, 1_400]);
    expect(supervised.ready()).toBe(true);
    const { children } = await supervised.report();
    expect(children).toEqual([{ name: 'a', status: 'ready', restarts: 3, inFlight: 0, lag: null }]);
    await supervised.drain();
  });

  test('tells of itself also while a child cannot count what it has not taken', async () => {
    const { supervised } = hosted((told) => [
      worker('a', told, { lag: () => Promise.reject(unavailable('bus')) }),
      worker('b', told, { lag: async () => 7 }),
    ]);
    await supervised.settled;
    const { children } = await supervised.report();
    expect(children.map(({ name, lag }) => [name, lag])).toEqual([
      ['a', null],
      ['b', 7],
    ]);
    await supervised.drain();
  });

  test('takes a child that ends unasked for one that failed', async () => {
    let starts = 0;
    const { world, supervised } = hosted(() => [
      {
        name: 'a',
        async run({ ready }) {
          starts += 1;
          ready();
        },
      },
    ]);
    await world.clock.advance(300);
    expect(starts).toBe(2);
    await supervised.drain();
  });

  test('fails when a child keeps failing, and stops the others', async () => {
    const { world, failures, story, supervised } = hosted((told) => [
      worker('a', told),
      worker('b', told, { run: () => Promise.reject(new Error('broken')) }),
    ]);
    await world.clock.advance(60_000);
    expect(failures).toEqual([{ role: 'dlq-processor', child: 'b', words: 'broken' }]);
    expect(story).toEqual(['a starts', 'a stops']);
    expect([supervised.ready(), (await supervised.report()).state]).toEqual([false, 'failed']);
    expect(world.clock.waiting()).toBe(0);
    await supervised.drain();
  });

  test('restarts nothing that fails while it drains', async () => {
    let starts = 0;
    const { world, supervised } = hosted(() => [
      {
        name: 'a',
        async run({ signal, ready }) {
          starts += 1;
          ready();
          await aborted(signal);
          throw new Error('broken at the end');
        },
      },
    ]);
    await supervised.drain();
    await world.clock.advance(60_000);
    expect(starts).toBe(1);
  });

  test('says what is in flight and what lags', async () => {
    const { supervised } = hosted((told) => [worker('a', told, { inFlight: () => 3, lag: async () => 7 })]);
    expect(supervised.inFlight()).toBe(3);
    expect((await supervised.report()).children[0]).toMatchObject({ inFlight: 3, lag: 7 });
    await supervised.drain();
  });

  test('logs why a child failed', async () => {
    const { world, supervised } = hosted((told) => [
      worker('a', told, { run: () => Promise.reject(new Error('broken')) }),
    ]);
    await world.clock.advance(10);
    const line = world.lines.find(({ message }) => message === 'child failed');
    expect(line?.fields).toMatchObject({ child: 'a', error: 'Error: broken' });
    await supervised.drain();
  });
});
