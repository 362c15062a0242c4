// What the ports of Redis promise, on the real server that REDIS_URL names.
import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { releaseScript } from '#src/adapters/redis/lease-scripts.ts';
import { type LimitRule, type LimitState, peekLimit, takeLimit } from '#src/domain/rate-limits.ts';
import { limitAlgorithms } from '#src/ports/limiter.ts';
import { settleOnLoop } from '#tests/contract/harness.ts';
import { testLeases } from '#tests/contract/leases.contract.ts';
import { testLimiter } from '#tests/contract/limiter.contract.ts';
import { testLiveFeed } from '#tests/contract/live-feed.contract.ts';
import { clock, directly, type RedisWorld, redisWorld } from './redis-world.ts';

const url = process.env.REDIS_URL ?? '';
if (url === '') throw new Error('REDIS_URL must name a Redis server for these tests');

const opened = async () => {
  const world = await redisWorld(url);
  return { world, ...world.one, clock, close: world.close };
};

testLimiter('redis', opened);
testLeases('redis', opened);
testLeases('redis, two processes', async () => {
  const { world, ...harness } = await opened();
  return { ...harness, other: world.two.leases };
});
testLiveFeed('redis', opened);
testLiveFeed('redis, two processes', async () => {
  const { world, ...harness } = await opened();
  return { ...harness, other: world.two.liveFeed };
});

const within = (body: (world: RedisWorld) => Promise<void>) => async (): Promise<void> => {
  const world = await redisWorld(url);
  await body(world).finally(world.close);
};

describe('limits on redis', () => {
  const rules: readonly LimitRule[] = limitAlgorithms.flatMap((algorithm) => [
    { algorithm, requests: 3, windowMs: 1_000, burstMultiplier: 1 },
    { algorithm, requests: 7, windowMs: 700, burstMultiplier: 1.5 },
  ]);
  const step = fc.record({
    takes: fc.boolean(),
    /** Mostly the rule of the sequence, now and then another one, as when an admin changes it. */
    other: fc.option(fc.constantFrom(...rules), { freq: 4, nil: null }),
    afterMs: fc.oneof(
      fc.constantFrom(0, 0, 1, 100, 143, 333, 999, 1_000, 1_001),
      fc.integer({ min: -500, max: 2_500 }),
      fc.double({ min: 0, max: 900, noNaN: true }),
    ),
  });
  const sequence = fc.record({
    rule: fc.constantFrom(...rules),
    steps: fc.array(step, { minLength: 1, maxLength: 40, size: 'max' }),
  });

  test(
    'are decided as the pure functions decide them, to the last digit',
    within(async ({ one, two }) => {
      let sequences = 0;
      const property = fc.asyncProperty(sequence, async ({ rule, steps }) => {
        sequences += 1;
        const key = `k${sequences}`;
        let state: LimitState | null = null;
        let now = 1_764_000_000_000;
        for (const { takes, other, afterMs } of steps) {
          now += afterMs;
          const { limiter } = now % 2 === 0 ? one : two;
          const of = other ?? rule;
          if (!takes) {
            expect(await limiter.peek(key, of, now)).toEqual(peekLimit(of, state, now));
            continue;
          }
          const taken = takeLimit(of, state, now);
          expect(await limiter.take(key, of, now)).toEqual(taken.decision);
          state = taken.state ?? state;
        }
      });
      await fc.assert(property, { numRuns: 300 });
    }),
  );

  test(
    'are not passed by many processes at once',
    within(async ({ one, two }) => {
      const rule: LimitRule = {
        algorithm: 'sliding_window',
        requests: 40,
        windowMs: 60_000,
        burstMultiplier: 1,
      };
      const now = clock.now();
      const takes = Array.from({ length: 200 }, (_, index) =>
        (index % 2 === 0 ? one : two).limiter.take('k', rule, now),
      );
      const allowed = (await Promise.all(takes)).filter((decision) => decision.allowed);
      expect(allowed).toHaveLength(40);
    }),
  );

  test(
    'leave nothing behind for ever, and a forgotten script is told again',
    within(async ({ one, prefix }) => {
      const now = clock.now();
      for (const algorithm of limitAlgorithms) {
        await directly(url, (redis) => redis.script('FLUSH'));
        await one.limiter.take(
          algorithm,
          { algorithm, requests: 5, windowMs: 1_000, burstMultiplier: 1 },
          now,
        );
        const left = await directly(url, (redis) => redis.pttl(`${prefix}limit:${algorithm}`));
        expect(left).toBeGreaterThan(1_000);
        expect(left).toBeLessThan(120_000);
      }
    }),
  );
});

describe('leases on redis', () => {
  test(
    'a command that was held up gives up nothing that was taken after it',
    within(async ({ one, prefix }) => {
      await one.leases.acquire('scheduler', 'a', 60_000);
      const key = `${prefix}lease:scheduler`;
      const late = await directly(url, (redis) => redis.hgetall(key));
      const renewed = await one.leases.acquire('scheduler', 'a', 60_000);
      const after = await directly(url, (redis) => redis.hgetall(key));
      expect(after.turn).not.toBe(late.turn);
      const give = [late.holder ?? '', late.writer ?? '', late.turn ?? ''];
      await directly(url, (redis) => redis.eval(releaseScript.text, 1, key, ...give));
      expect(await one.leases.current('scheduler')).toEqual(renewed);
    }),
  );

  test(
    'terms grow also when everything is lost, and nothing is left behind for ever',
    within(async ({ one, two, open, prefix }) => {
      const first = await one.leases.acquire('scheduler', 'a', 60_000);
      const key = `${prefix}lease:scheduler`;
      // A term from a server whose clock was far ahead.
      const ahead = (first?.term ?? 0) + 1e9;
      await directly(url, (redis) => redis.hset(key, 'term', ahead));
      expect((await two.leases.current('scheduler'))?.term).toBe(ahead);
      expect((await one.leases.acquire('scheduler', 'a', 60_000))?.term).toBe(ahead);
      await directly(url, (redis) => redis.unlink(key));
      expect((await one.leases.acquire('scheduler', 'a', 60_000))?.term).toBeGreaterThan(ahead);
      expect(await directly(url, (redis) => redis.pttl(key))).toBeGreaterThan(60_000);
      await one.leases.release('scheduler', 'a');
      expect(await directly(url, (redis) => redis.pttl(key))).toBeGreaterThan(0);
      const three = await open();
      expect((await three.leases.acquire('scheduler', 'c', 60_000))?.term).toBeGreaterThan(ahead);
    }),
  );
});

describe('hints on redis', () => {
  test(
    'a process hears only the channels that somebody in it waits for',
    within(async ({ one, two, prefix }) => {
      const listeners = async (channel: string): Promise<unknown> =>
        (await directly(url, (redis) => redis.pubsub('NUMSUB', `${prefix}hint:${channel}`)))[1];
      const leaves = [one, one, two].map(({ liveFeed }) => liveFeed.subscribe('run:1', () => undefined));
      await settleOnLoop(async () => (await listeners('run:1')) === 2);
      leaves[0]?.();
      leaves[2]?.();
      await settleOnLoop(async () => (await listeners('run:1')) === 1);
      leaves[1]?.();
      await settleOnLoop(async () => (await listeners('run:1')) === 0);
      expect([one.liveFeed.subscribers(), two.liveFeed.subscribers()]).toEqual([0, 0]);
    }),
  );

  test(
    'many hints of one turn of the event loop are one',
    within(async ({ one, two }) => {
      let woken = 0;
      two.liveFeed.subscribe('run:1', () => void woken++);
      let last = 0;
      two.liveFeed.subscribe('run:2', () => void last++);
      // By then both subscriptions have woken once.
      await settleOnLoop(() => woken > 0 && last > 0);
      woken = 0;
      last = 0;
      for (let index = 0; index < 1_000; index += 1) one.liveFeed.hint('run:1');
      one.liveFeed.hint('run:2');
      await settleOnLoop(() => last > 0);
      expect(woken).toBe(1);
    }),
  );

  test(
    'who hints wakes its own at once and does not hear itself',
    within(async ({ one, two }) => {
      const woken = { own: 0, other: 0, back: 0 };
      one.liveFeed.subscribe('own', () => void woken.own++);
      two.liveFeed.subscribe('own', () => void woken.other++);
      one.liveFeed.subscribe('back', () => void woken.back++);
      await settleOnLoop(() => woken.own > 0 && woken.other > 0 && woken.back > 0);
      Object.assign(woken, { own: 0, other: 0, back: 0 });
      one.liveFeed.hint('own');
      await Promise.resolve();
      expect(woken.own).toBe(1);
      await settleOnLoop(() => woken.other > 0);
      // Comes after what is our own, if that came.
      two.liveFeed.hint('back');
      await settleOnLoop(() => woken.back > 0);
      expect(woken.own).toBe(1);
    }),
  );
});
