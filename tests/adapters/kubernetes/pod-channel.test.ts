// The lines of a pod: none is lost while its attachment holds, a break ends them without a word about the pod, and the next
// attachment goes on.
import { describe, expect, test } from 'bun:test';
import { heardLines } from '#src/adapters/kubernetes/heard-lines.ts';
import { lineSplitter } from '#src/adapters/kubernetes/text-lines.ts';
import { DomainError } from '#src/domain/errors.ts';
import { until } from '#tests/support/until.ts';
import { quickClock } from './quick-clock.ts';
import { openWorld, spec, type World } from './world.ts';

const within =
  (body: (world: World, uid: string) => Promise<void>, starts = true) =>
  async (): Promise<void> => {
    const world = openWorld({ fake: { starts } });
    const { uid } = await world.pods.create('p', 'p:1', spec);
    await body(world, uid).finally(world.close);
  };

async function gather(lines: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = [];
  for await (const line of lines) all.push(line);
  return all;
}

describe('the channel of a pod', () => {
  test(
    'carries whole lines, however they were cut, and what was heard before a break',
    within(async (world, uid) => {
      const channel = await world.pods.attach(uid);
      const lines = gather(channel.lines());
      for (const piece of ['one\ntw', 'o\n', 'thr', 'ee\nfour']) world.server.say('p', piece);
      await until(() => world.server.attached('p') === 1);
      world.server.breakAttachments(1000);
      expect(await lines).toEqual(['one', 'two', 'three']);
      expect(await channel.write('\n').catch((error: unknown) => error)).toBeInstanceOf(DomainError);
      // A polite end is none of the pod.
      expect((await world.pods.get(uid))?.phase).toBe('running');
      const next = await world.pods.attach(uid);
      await next.write('again\n');
      await until(() => world.server.heard('p').includes('again\n'));
    }),
  );

  test(
    'writes all of a text that is larger than a message',
    within(async (world, uid) => {
      const channel = await world.pods.attach(uid);
      const text = `${'x'.repeat(200_000)}\n`;
      await channel.write(text);
      await until(() => world.server.heard('p').length === text.length);
    }),
  );

  test(
    'is one for each pod, also when two are opened at once',
    within(async (world, uid) => {
      const both = await Promise.all([world.pods.attach(uid), world.pods.attach(uid)]);
      await until(() => world.server.attached('p') === 1);
      const outcomes = await Promise.allSettled(both.map((channel) => channel.write('\n')));
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    }),
  );

  test(
    'of a pod that has ended is its log, and hears nothing',
    within(async (world, uid) => {
      world.server.setStatus('p', { phase: 'Succeeded' });
      world.server.interfere = (request) =>
        request.url.includes('/log?') ? new Response('first\nlast\ntorn') : null;
      const channel = await world.pods.attach(uid);
      expect(await gather(channel.lines())).toEqual(['first', 'last']);
      expect(await channel.write('\n').catch((error: unknown) => error)).toMatchObject({ kind: 'not_found' });
      world.server.interfere = (request) =>
        request.url.includes('/log?') ? Response.json({ code: 400 }, { status: 400 }) : null;
      expect(await gather((await world.pods.attach(uid)).lines())).toEqual([]);
      world.server.interfere = (request) =>
        request.url.includes('/log?') ? Response.json({ code: 500 }, { status: 500 }) : null;
      const unread = (await world.pods.attach(uid)).lines();
      expect(await gather(unread).catch((error: unknown) => error)).toMatchObject({ kind: 'unavailable' });
    }, false),
  );
});

describe('an attachment to a warm pod', () => {
  const isAttached = (world: World, name: string): boolean => world.server.attached(name) === 1;
  const warmed = async (body: (world: World, uid: string, name: string) => Promise<void>): Promise<void> => {
    const world = openWorld({ warm: { target: 1, surge: 0 }, clock: quickClock(10) });
    world.warm();
    await until(async () => (await world.pods.warm(spec)).length === 1);
    const [{ uid = '', name = '' } = {}] = await world.pods.warm(spec);
    await until(() => isAttached(world, name));
    await body(world, uid, name).finally(world.close);
  };
  const attaches = ({ server }: World, name: string): number =>
    server.requests.filter((line) => line.includes(`${name}/attach`)).length;

  test('is there before the claim, and has heard what was said before it was opened', () =>
    warmed(async (world, uid, name) => {
      world.server.say(name, 'ready\n');
      await world.pods.claim(uid, 'a:1', spec);
      const channel = await world.pods.attach(uid);
      expect(attaches(world, name)).toBe(1);
      world.server.say(name, 'said\n');
      const lines = gather(channel.lines());
      await channel.write('job\n');
      await until(() => world.server.heard(name) === 'job\n');
      world.server.breakAttachments();
      expect(await lines).toEqual(['ready', 'said']);
    }));

  test('that broke is made anew when it is needed', () =>
    warmed(async (world, uid, name) => {
      world.server.breakAttachments();
      await world.pods.claim(uid, 'a:1', spec);
      const isHeard = (): boolean => world.server.heard(name).includes('job\n');
      // One that is given away before its end was noticed ends at once; one that holds is not taken over before it was heard.
      await until(async () => {
        const channel = await world.pods.attach(uid);
        let isOver = false;
        const lines = gather(channel.lines()).finally(() => {
          isOver = true;
        });
        await Promise.allSettled([channel.write('job\n')]);
        await until(() => isOver || isHeard());
        void Promise.allSettled([lines]);
        return isHeard();
      });
    }));

  test('is given up when another process has claimed the pod', () =>
    warmed(async (world, uid, name) => {
      await world.pods.claim(uid, 'a:1', spec);
      // Later changes of any pod are looked at.
      await until(async () => {
        world.server.setStatus(name, { phase: 'Running', startTime: new Date().toISOString() });
        return !isAttached(world, name);
      });
    }));
});

describe('lines that were heard', () => {
  test('are read in order, whenever they come', async () => {
    const lines = heardLines(100, () => undefined);
    lines.push(['a', 'b']);
    const read = gather(lines.read());
    await Promise.resolve();
    lines.push(['c']);
    lines.end();
    lines.push(['late']);
    expect(await read).toEqual(['a', 'b', 'c']);
  });

  test('that nobody reads cost the channel, not the memory', () => {
    let overflows = 0;
    const lines = heardLines(10, () => {
      overflows += 1;
      lines.end();
    });
    for (let line = 0; line < 100; line += 1) lines.push(['12345']);
    expect(overflows).toBe(1);
  });

  test('end at once for whoever has lost the channel', async () => {
    const lines = heardLines(100, () => undefined);
    lines.push(['a']);
    lines.drop();
    expect(await gather(lines.read())).toEqual([]);
  });

  test('are whole characters, also of many bytes that were cut', () => {
    const splitter = lineSplitter('utf-8');
    const bytes = new TextEncoder().encode('é\nß');
    const pieces = [...bytes].flatMap((byte) => splitter.push(new Uint8Array([byte])));
    expect([...pieces, splitter.rest()]).toEqual(['é', 'ß']);
  });
});
