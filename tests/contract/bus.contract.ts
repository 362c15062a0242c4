// What every engine of the Bus promises: at least once, in order for one key, nothing lost, groups of their own.
import { describe, expect, test } from 'bun:test';
import type { DomainEvent } from '#src/domain/events.ts';
import { messageBytesMax } from '#src/domain/sizes.ts';
import type { Bus, Handle } from '#src/ports/bus.ts';
import { testGroups, testRedelivery } from './bus-groups.contract.ts';
import { gated, idsOf, listening, ofKey, series, topics } from './bus-listeners.ts';
import { testPruning } from './bus-pruning.contract.ts';
import { type Harness, type Settle, type Using, using } from './harness.ts';
import { sampleEvent, sampleTopics } from './sample-event.ts';

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
  testPruning(name, opened);
  testClosing(name, opened);
}

type Opened = Using<BusHarness>;

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
      'a payload of 256 KiB arrives; with a larger one among them, none of the events is published',
      opened(async ({ bus, settle }) => {
        const { seen } = await listening(bus, 'g');
        const sized = (id: string, bytes: number): DomainEvent => {
          const event = sampleEvent(id, 'a');
          const empty = JSON.stringify({ execution_id: '', attempt: 1 }).length;
          const payload = { execution_id: 'x'.repeat(bytes - empty), attempt: 1 };
          return { ...event, payload } as DomainEvent;
        };
        const refused = bus.publish([sampleEvent('e1', 'a'), sized('e2', messageBytesMax + 1)]);
        await expect(refused).rejects.toMatchObject({ kind: 'oversized' });
        await bus.publish([sized('e3', messageBytesMax)]);
        await settle(() => seen.length > 0);
        expect(seen).toEqual(['e3']);
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

function testClosing(name: string, opened: Opened): void {
  describe(`${name}: closing and lag`, () => {
    test(
      'closing waits for what is in flight, acknowledges it and takes nothing more',
      opened(async ({ bus, settle }) => {
        const { inside, handle, release } = gated();
        const subscribed = await bus.subscribe({ group: 'g', topics, handle });
        await bus.publish([...series('b', 1), ...series('a', 2)]);
        await settle(() => inside.length === 2);
        let closed = false;
        const closing = subscribed.close().then(() => {
          closed = true;
        });
        release('b0');
        await settle(() => subscribed.inFlight() === 1);
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
        const { subscribed } = await listening(bus, 'g');
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
