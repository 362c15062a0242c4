// What every engine of the Bus promises of the removal of old events: nobody misses anything.
import { describe, expect, test } from 'bun:test';
import type { Bus } from '#src/ports/bus.ts';
import { listening, series, topics } from './bus-listeners.ts';
import type { Harness, Using } from './harness.ts';
import { sampleEvent } from './sample-event.ts';

type Opened = Using<Harness & { bus: Bus; reopen(): Promise<Bus> }>;

const old = 1_000;
const before = 5_000;
const young = 9_000;

export function testPruning(name: string, opened: Opened): void {
  describe(`${name}: removing old events`, () => {
    test(
      'takes what is old and acknowledged by every known group, and nothing else',
      opened(async ({ bus, settle }) => {
        const slow = await bus.subscribe({
          group: 'slow',
          topics,
          handle: async (event) => {
            if (event.id !== 'old-1') throw new Error('not now');
          },
        });
        const quick = await listening(bus, 'quick');
        await bus.publish([
          sampleEvent('old-1', 'a', 'inspect_pod_command', old),
          sampleEvent('old-2', 'a', 'inspect_pod_command', old),
          sampleEvent('of nobody', 'a', 'pod_overdue', old),
          sampleEvent('young', 'a', 'pod_overdue', young),
        ]);
        await settle(async () => quick.seen.length === 2 && (await slow.lag()) === 1);
        const removed = await bus.prune(before);
        // Two of them, or none by an engine that removes events by itself.
        expect([0, 2]).toContain(removed);
        expect(await bus.prune(before)).toBe(0);
        const fresh = await listening(bus, 'fresh', ['inspect_pod_command', 'pod_overdue']);
        await settle(() => fresh.seen.includes('old-2') && fresh.seen.includes('young'));
        expect(fresh.seen.length).toBe(4 - removed);
      }),
    );

    test(
      'of everything leaves a known group where it was: it gets what is new, once',
      opened(async ({ bus, settle, reopen }) => {
        const first = await listening(bus, 'g');
        await bus.publish(series('a', 3));
        await settle(async () => first.seen.length === 3 && (await first.subscribed.lag()) === 0);
        await first.subscribed.close();
        expect([0, 3]).toContain(await bus.prune(Number.MAX_SAFE_INTEGER));
        const again = await reopen();
        await again.publish(series('b', 2));
        const second = await listening(again, 'g');
        await settle(() => second.seen.length >= 2);
        expect(second.seen).toEqual(['b0', 'b1']);
      }),
    );

    test(
      'takes nothing from a group that was here once and is away',
      opened(async ({ bus, settle, reopen }) => {
        const away = await listening(bus, 'away');
        await away.subscribed.close();
        const here = await listening(bus, 'here');
        await bus.publish(series('a', 3));
        await settle(async () => here.seen.length === 3 && (await here.subscribed.lag()) === 0);
        expect(await bus.prune(Number.MAX_SAFE_INTEGER)).toBe(0);
        const back = await listening(await reopen(), 'away');
        await settle(() => back.seen.length === 3);
        expect(back.seen).toEqual(['a0', 'a1', 'a2']);
      }),
    );
  });
}
