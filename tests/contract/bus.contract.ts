// What every engine of the Bus promises: at least once, in order for one key, nothing lost, groups of their own.
import { describe, expect, test } from 'bun:test';
import type { DomainEvent } from '#src/domain/events.ts';
import type { Bus, Handle, Subscribed } from '#src/ports/bus.ts';
import { type Harness, type Settle, using } from './harness.ts';
import { type SampleTopic, sampleEvent, sampleTopics } from './sample-event.ts';

export interface BusHarness extends Harness {
  bus: Bus;
  /** The process that used the bus is gone; the bus as the next one finds it. */
  reopen(): Promise<Bus>;
}

export function testBus(name: string, factory: () => Promise<BusHarness>): void {
  const opened = using(factory);
  testOrder(name, opened);
  testRedelivery(name, opened);
  testGroups(name, opened);
  testClosing(name, opened);
}

type Opened = ReturnType<typeof using<BusHarness>>;

const topics: readonly SampleTopic[] = ['inspect_pod_command'];
const ignore: Handle = async () => undefined;

/** Subscribes with a handler that notes the ids it saw. */
async function listening(bus: Bus, group: string, on: readonly SampleTopic[] = topics) {
  const seen: string[] = [];
  const subscribed = await bus.subscribe({
    group,
    topics: on,
    handle: async (event) => {
      seen.push(event.id);
    },
  });
  return { seen, subscribed };
}

const series = (key: string, count: number, topic: SampleTopic = 'inspect_pod_command') =>
  Array.from({ length: count }, (_, index) => sampleEvent(`${key}${index}`, key, topic));

const idsOf = (events: readonly DomainEvent[]) => events.map((event) => event.id);
const ofKey = (seen: readonly string[], key: string) => seen.filter((id) => id.startsWith(key));

/** A handler whose calls wait for one another's release; it shows who is inside. */
function gated() {
  const inside: string[] = [];
  const waiting = new Map<string, () => void>();
  const handle: Handle = (event) =>
    new Promise((resolve) => {
      inside.push(event.id);
      waiting.set(event.id, () => {
        inside.splice(inside.indexOf(event.id), 1);
        waiting.delete(event.id);
        resolve();
      });
    });
  const release = (id: string) => waiting.get(id)?.();
  return { inside, handle, release };
}

function testOrder(name: string, opened: Opened): void {
  describe(`${name}: delivery and order`, () => {
    test(
      'an event arrives as it was published',
      opened(async ({ bus, settle }) => {
        const seen: DomainEvent[] = [];
        await bus.subscribe({ group: 'g', topics, handle: async (event) => void seen.push(event) });
        const event = sampleEvent('e1', 'a');
        await bus.publish([event]);
        await settle(() => seen.length === 1);
        expect(seen[0]).toEqual(event);
      }),
    );

    test(
      'events of one key and topic arrive in the order of publishing',
      opened(async ({ bus, settle }) => {
        const { seen } = await listening(bus, 'g');
        const events = series('a', 40);
        await bus.publish(events.slice(0, 15));
        for (const event of events.slice(15, 25)) await bus.publish([event]);
        await bus.publish([...events.slice(25), ...series('b', 10)]);
        await settle(() => seen.length >= 50);
        expect(ofKey(seen, 'a')).toEqual(idsOf(events));
        expect(ofKey(seen, 'b')).toEqual(idsOf(series('b', 10)));
      }),
    );

    test(
      'publishing nothing resolves',
      opened(async ({ bus }) => {
        expect(await bus.publish([])).toBeUndefined();
      }),
    );

    test(
      'a subscription gets its topics only',
      opened(async ({ bus, settle }) => {
        const { seen } = await listening(bus, 'g', ['pod_overdue', 'execution_queue_expired']);
        await bus.publish([
          sampleEvent('no', 'a', 'inspect_pod_command'),
          sampleEvent('one', 'a', 'pod_overdue'),
          sampleEvent('two', 'a', 'execution_queue_expired'),
        ]);
        await settle(() => seen.length >= 2);
        expect([...seen].sort()).toEqual(['one', 'two']);
      }),
    );

    test(
      'one message at a time for one key, different keys side by side',
      opened(async ({ bus, settle }) => {
        const { inside, handle, release } = gated();
        const subscribed = await bus.subscribe({ group: 'g', topics: sampleTopics, handle });
        await bus.publish([...series('a', 2), ...series('b', 1), ...series('c', 1, 'pod_overdue')]);
        await settle(() => inside.length === 3);
        expect([...inside].sort()).toEqual(['a0', 'b0', 'c0']);
        expect(subscribed.inFlight()).toBe(3);
        for (const id of ['b0', 'c0', 'a0']) release(id);
        await settle(() => inside.includes('a1'));
        expect(inside).toEqual(['a1']);
        release('a1');
        await settle(() => subscribed.inFlight() === 0);
      }),
    );

    test(
      'a handler may publish',
      opened(async ({ bus, settle }) => {
        const { seen } = await listening(bus, 'listeners', ['pod_overdue']);
        const handle: Handle = (event) => bus.publish([sampleEvent(`of-${event.id}`, 'a', 'pod_overdue')]);
        await bus.subscribe({ group: 'g', topics, handle });
        await bus.publish(series('a', 3));
        await settle(() => seen.length >= 3);
        expect(seen).toEqual(['of-a0', 'of-a1', 'of-a2']);
      }),
    );
  });
}

function testRedelivery(name: string, opened: Opened): void {
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

function testGroups(name: string, opened: Opened): void {
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

function testClosing(name: string, opened: Opened): void {
  describe(`${name}: closing and lag`, () => {
    test(
      'closing waits for what is in flight, acknowledges it and takes nothing more',
      opened(async ({ bus, settle }) => {
        const { inside, handle, release } = gated();
        const subscribed = await bus.subscribe({ group: 'g', topics, handle });
        await bus.publish(series('a', 2));
        await settle(() => inside.length === 1);
        let closed = false;
        const closing = subscribed.close().then(() => {
          closed = true;
        });
        await looks(settle, 5);
        expect(closed).toBe(false);
        release('a0');
        await closing;
        expect(inside).toEqual([]);
        expect(subscribed.inFlight()).toBe(0);
        const { seen } = await listening(bus, 'g');
        await settle(() => seen.length >= 1);
        expect(seen).toEqual(['a1']);
      }),
    );

    test(
      'lag counts what is published on these topics and not yet acknowledged',
      opened(async ({ bus, settle }) => {
        await bus.publish([...series('a', 3), ...series('o', 4, 'pod_overdue')]);
        const { inside, handle, release } = gated();
        const subscribed = await bus.subscribe({ group: 'g', topics, handle });
        await settle(() => inside.length === 1);
        expect(await subscribed.lag()).toBe(3);
        release('a0');
        await settle(() => inside.includes('a1'));
        expect(await subscribed.lag()).toBe(2);
        release('a1');
        await settle(() => inside.includes('a2'));
        release('a2');
        await settle(async () => (await subscribed.lag()) === 0);
        await subscribed.close();
      }),
    );

    test(
      'closing twice is closing once',
      opened(async ({ bus }) => {
        const subscribed: Subscribed = await bus.subscribe({ group: 'g', topics, handle: ignore });
        await Promise.all([subscribed.close(), subscribed.close()]);
        expect(subscribed.inFlight()).toBe(0);
      }),
    );
  });
}

/** Gives the engine so many looks to do what it must not. */
async function looks(settle: Settle, count: number): Promise<void> {
  let left = count;
  await settle(() => left-- <= 0);
}
