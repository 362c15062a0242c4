// What every engine of the Bus promises to those who fail and to those who share: redelivery, restarts and groups.
import { describe, expect, test } from 'bun:test';
import type { Bus, Handle } from '#src/ports/bus.ts';
import { idsOf, listening, ofKey, series, topics } from './bus-listeners.ts';
import type { Harness, Using } from './harness.ts';

type Opened = Using<Harness & { bus: Bus; reopen(): Promise<Bus> }>;

export function testRedelivery(name: string, opened: Opened): void {
  describe(`${name}: messages that are not acknowledged`, () => {
    test(
      'a rejected message comes again before the next of its key',
      opened(async ({ bus, settle }) => {
        const calls: string[] = [];
        let refusals = 2;
        const handle: Handle = async (event) => {
          calls.push(event.id);
          if (event.id === 'a1' && refusals-- > 0) throw new Error('not now');
        };
        await bus.subscribe({ group: 'g', topics, handle });
        await bus.publish(series('a', 3));
        await settle(() => calls.includes('a2'));
        expect(calls).toEqual(['a0', 'a1', 'a1', 'a1', 'a2']);
      }),
    );

    test(
      'a rejected message holds up no other key',
      opened(async ({ bus, settle }) => {
        const done: string[] = [];
        const broken = { still: true };
        const handle: Handle = async (event) => {
          if (event.key === 'a' && broken.still) throw new Error('not now');
          done.push(event.id);
        };
        await bus.subscribe({ group: 'g', topics, handle });
        await bus.publish([...series('a', 2), ...series('b', 20)]);
        await settle(() => done.length === 20);
        expect(done).toEqual(idsOf(series('b', 20)));
        broken.still = false;
        await settle(() => done.length === 22);
        expect(done.slice(20)).toEqual(['a0', 'a1']);
      }),
    );

    test(
      'what was never acknowledged is delivered again after a restart',
      opened(async ({ bus, reopen, settle }) => {
        const tried: string[] = [];
        const handle: Handle = async (event) => {
          tried.push(event.id);
          if (event.key === 'a') throw new Error('not now');
        };
        await bus.subscribe({ group: 'g', topics, handle });
        await bus.publish([...series('a', 2), ...series('b', 3)]);
        await settle(() => tried.includes('a0') && tried.includes('b2'));
        const { seen } = await listening(await reopen(), 'g');
        await settle(() => ofKey(seen, 'a').length === 2);
        expect(ofKey(seen, 'a')).toEqual(['a0', 'a1']);
      }),
    );

    test(
      'what was published before the restart and never delivered is delivered after it',
      opened(async ({ bus, reopen, settle }) => {
        await bus.publish(series('a', 5));
        const { seen } = await listening(await reopen(), 'g');
        await settle(() => seen.length >= 5);
        expect(seen).toEqual(idsOf(series('a', 5)));
      }),
    );
  });
}

export function testGroups(name: string, opened: Opened): void {
  describe(`${name}: groups`, () => {
    test(
      'every group gets every message, whatever another one does with it',
      opened(async ({ bus, settle }) => {
        await bus.subscribe({ group: 'stuck', topics, handle: () => Promise.reject(new Error('never')) });
        const first = await listening(bus, 'one');
        const second = await listening(bus, 'two');
        await bus.publish(series('a', 5));
        await settle(() => first.seen.length >= 5 && second.seen.length >= 5);
        expect(first.seen).toEqual(second.seen);
      }),
    );

    test(
      'a new group begins with the oldest message, a known one after its last acknowledgement',
      opened(async ({ bus, settle }) => {
        const first = await listening(bus, 'g');
        await bus.publish(series('a', 5));
        await settle(() => first.seen.length >= 5);
        await first.subscribed.close();
        await bus.publish(series('b', 2));
        const again = await listening(bus, 'g');
        const fresh = await listening(bus, 'fresh');
        await settle(() => again.seen.length >= 2 && fresh.seen.length >= 7);
        expect(again.seen).toEqual(['b0', 'b1']);
        expect(ofKey(fresh.seen, 'a')).toEqual(idsOf(series('a', 5)));
        expect(first.seen).toHaveLength(5);
      }),
    );

    test(
      'subscribers of one group share its messages, and still one at a time for a key',
      opened(async ({ bus, settle }) => {
        const done = new Set<string>();
        const busy = new Set<string>();
        const collisions: string[] = [];
        const handle: Handle = async (event) => {
          if (busy.has(event.key)) collisions.push(event.id);
          busy.add(event.key);
          await Promise.resolve();
          busy.delete(event.key);
          done.add(event.id);
        };
        await bus.subscribe({ group: 'g', topics, handle });
        await bus.subscribe({ group: 'g', topics, handle });
        await bus.publish(['a', 'b', 'c', 'd'].flatMap((key) => series(key, 10)));
        await settle(() => done.size === 40);
        expect(collisions).toEqual([]);
      }),
    );

    test(
      'when one of two subscribers leaves, the other gets everything',
      opened(async ({ bus, settle }) => {
        const leaving = await listening(bus, 'g');
        const staying = await listening(bus, 'g');
        await leaving.subscribed.close();
        await bus.publish(['a', 'b', 'c'].flatMap((key) => series(key, 2)));
        await settle(() => staying.seen.length >= 6);
        expect([...staying.seen].sort()).toEqual(['a0', 'a1', 'b0', 'b1', 'c0', 'c1']);
        expect(leaving.seen).toEqual([]);
      }),
    );

    test(
      'a subscriber takes over what another of its group leaves',
      opened(async ({ bus, settle }) => {
        const tried: string[] = [];
        const leaving = await bus.subscribe({
          group: 'g',
          topics,
          handle: (event) => {
            tried.push(event.id);
            return Promise.reject(new Error('never'));
          },
        });
        await bus.publish(series('a', 2));
        await settle(() => tried.length > 0);
        await leaving.close();
        const { seen } = await listening(bus, 'g');
        await settle(() => seen.length >= 2);
        expect(seen).toEqual(['a0', 'a1']);
      }),
    );
  });
}
