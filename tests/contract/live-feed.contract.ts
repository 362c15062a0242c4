// What every engine of the LiveFeed promises: hints reach who is there, and nobody who has left. They may be doubled.
import { describe, expect, test } from 'bun:test';
import type { LiveFeed } from '#src/ports/live-feed.ts';
import { type Harness, using } from './harness.ts';

export interface LiveFeedHarness extends Harness {
  liveFeed: LiveFeed;
  /** The feed as another process sees it; the same one where there is only one process. */
  other?: LiveFeed;
}

export function testLiveFeed(name: string, factory: () => Promise<LiveFeedHarness>): void {
  const opened = using(factory);
  describe(`${name}: hints`, () => {
    test(
      'a hint wakes every subscriber of its channel, and no other',
      opened(async ({ liveFeed, other = liveFeed, settle }) => {
        const woken = { one: 0, two: 0, stranger: 0 };
        liveFeed.subscribe('run:1', () => void woken.one++);
        other.subscribe('run:1', () => void woken.two++);
        liveFeed.subscribe('run:10', () => void woken.stranger++);
        await settle(() => {
          liveFeed.hint('run:1');
          return woken.one > 5 && woken.two > 5;
        });
        // Its own subscription may have woken it: something may have been missed before it was heard.
        expect(woken.stranger).toBeLessThan(2);
      }),
    );

    test(
      'who has left is not woken, and leaving twice is leaving once',
      opened(async ({ liveFeed, settle }) => {
        const woken = { left: 0, stayed: 0 };
        const leave = liveFeed.subscribe('queue', () => void woken.left++);
        liveFeed.subscribe('queue', () => void woken.stayed++);
        leave();
        leave();
        await settle(() => {
          liveFeed.hint('queue');
          return woken.stayed > 1;
        });
        expect(woken.left).toBe(0);
        expect(liveFeed.subscribers()).toBe(1);
      }),
    );

    test(
      'the number of subscribers goes back to zero',
      opened(async ({ liveFeed }) => {
        const wake = () => undefined;
        const leaves = ['a', 'a', 'b'].map((channel) => liveFeed.subscribe(channel, wake));
        expect(liveFeed.subscribers()).toBe(3);
        for (const leave of leaves) leave();
        expect(liveFeed.subscribers()).toBe(0);
      }),
    );

    test(
      'a hint that nobody waits for is lost',
      opened(async ({ liveFeed, settle }) => {
        liveFeed.hint('empty');
        let woken = 0;
        liveFeed.subscribe('other', () => void woken++);
        await settle(() => {
          liveFeed.hint('other');
          return woken > 0;
        });
      }),
    );
  });
}
