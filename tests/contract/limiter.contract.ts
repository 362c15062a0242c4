// What every engine of the Limiter promises: four algorithms, refused requests for nothing, limits that come back.
import { describe, expect, test } from 'bun:test';
import { type LimitAlgorithm, type Limiter, type LimitRule, limitAlgorithms } from '#src/ports/limiter.ts';
import { type TimedHarness, using } from './harness.ts';

export interface LimiterHarness extends TimedHarness {
  limiter: Limiter;
}

const windowMs = 10_000;
const rule = (algorithm: LimitAlgorithm, requests = 5, burstMultiplier = 1): LimitRule => ({
  requests,
  windowMs,
  algorithm,
  burstMultiplier,
});

/** How many of `count` requests at one moment are let through. */
async function allowed(
  limiter: Limiter,
  key: string,
  of: LimitRule,
  now: number,
  count = 50,
): Promise<number> {
  let passed = 0;
  for (let index = 0; index < count; index += 1) {
    if ((await limiter.take(key, of, now)).allowed) passed += 1;
  }
  return passed;
}

export function testLimiter(name: string, factory: () => Promise<LimiterHarness>): void {
  const opened = using(factory);
  /** The start of a window, so that no test straddles one by chance. */
  const begin = (now: number) => Math.ceil(now / windowMs) * windowMs;

  for (const algorithm of limitAlgorithms) {
    describe(`${name}: limits by ${algorithm}`, () => {
      test(
        'a refused request says when to come again, and is let through then',
        opened(async ({ limiter, clock }) => {
          const now = begin(clock.now());
          const of = rule(algorithm);
          await allowed(limiter, 'k', of, now);
          const refused = await limiter.take('k', of, now);
          expect(refused).toMatchObject({ allowed: false, remaining: 0 });
          expect(refused.retryAfterMs).toBeGreaterThan(0);
          expect(refused.resetAt).toBeGreaterThan(now);
          const early = await limiter.take('k', of, now + refused.retryAfterMs - 1);
          expect(early.allowed).toBe(false);
          const again = await limiter.take('k', of, now + refused.retryAfterMs);
          expect(again).toMatchObject({ allowed: true, retryAfterMs: 0 });
        }),
      );

      test(
        'looking counts nothing, and refusals use nothing up',
        opened(async ({ limiter, clock }) => {
          const now = begin(clock.now());
          const of = rule(algorithm);
          const fresh = await limiter.peek('k', of, now);
          expect(fresh.allowed).toBe(true);
          expect(await limiter.peek('k', of, now)).toEqual(fresh);
          const first = await limiter.take('k', of, now);
          expect(first).toMatchObject({ allowed: true, limit: fresh.limit, remaining: fresh.remaining - 1 });
          await allowed(limiter, 'k', of, now, 100);
          const resetAt = (await limiter.peek('k', of, now)).resetAt;
          expect(await limiter.peek('k', of, resetAt)).toMatchObject({
            allowed: true,
            remaining: fresh.remaining,
          });
        }),
      );

      test(
        'keys are apart, and a reset frees those with its prefix only',
        opened(async ({ limiter, clock }) => {
          const now = begin(clock.now());
          const of = rule(algorithm);
          for (const key of ['user:1:api', 'user:1:sse', 'user:10:api', 'user:*']) {
            await allowed(limiter, key, of, now);
          }
          await limiter.reset('user:1:');
          await limiter.reset('user:?');
          expect((await limiter.peek('user:1:api', of, now)).allowed).toBe(true);
          expect((await limiter.peek('user:1:sse', of, now)).allowed).toBe(true);
          expect((await limiter.peek('user:10:api', of, now)).allowed).toBe(false);
          expect((await limiter.peek('user:*', of, now)).allowed).toBe(false);
        }),
      );
    });
  }

  describe(`${name}: what the algorithms differ in`, () => {
    test(
      'a fixed window is new at its boundary',
      opened(async ({ limiter, clock }) => {
        const now = begin(clock.now());
        const of = rule('fixed_window');
        expect(await allowed(limiter, 'k', of, now + windowMs - 1)).toBe(5);
        expect((await limiter.peek('k', of, now + windowMs - 1)).resetAt).toBe(now + windowMs);
        expect(await allowed(limiter, 'k', of, now + windowMs)).toBe(5);
      }),
    );

    test(
      'a sliding window never lets more than its limit through in any window',
      opened(async ({ limiter, clock }) => {
        const now = begin(clock.now());
        const of = rule('sliding_window');
        expect(await allowed(limiter, 'k', of, now + 4_000, 3)).toBe(3);
        expect(await allowed(limiter, 'k', of, now + windowMs - 1)).toBe(2);
        expect(await allowed(limiter, 'k', of, now + windowMs + 1)).toBe(0);
        expect(await allowed(limiter, 'k', of, now + windowMs + 4_000)).toBe(3);
        expect(await allowed(limiter, 'k', of, now + 2 * windowMs - 1)).toBe(2);
      }),
    );

    test(
      'a token bucket is filled evenly up to its burst',
      opened(async ({ limiter, clock }) => {
        const now = begin(clock.now());
        const of = rule('token_bucket', 5, 2);
        expect(await allowed(limiter, 'k', of, now)).toBe(10);
        expect(await allowed(limiter, 'k', of, now + windowMs / 5)).toBe(1);
        expect(await allowed(limiter, 'k', of, now + windowMs)).toBe(4);
        expect(await allowed(limiter, 'k', of, now + 9 * windowMs)).toBe(10);
      }),
    );

    test(
      'a token bucket without a burst holds the requests of one window',
      opened(async ({ limiter, clock }) => {
        expect(await allowed(limiter, 'k', rule('token_bucket'), begin(clock.now()))).toBe(5);
      }),
    );

    test(
      'a leaky bucket without a burst lets requests through one by one, evenly',
      opened(async ({ limiter, clock }) => {
        const now = begin(clock.now());
        const of = rule('leaky_bucket');
        expect(await allowed(limiter, 'k', of, now)).toBe(1);
        expect(await allowed(limiter, 'k', of, now + windowMs / 5 - 1)).toBe(0);
        expect(await allowed(limiter, 'k', of, now + windowMs / 5)).toBe(1);
        expect(await allowed(limiter, 'k', of, now + windowMs)).toBe(1);
      }),
    );

    test(
      'a leaky bucket takes its burst at once and then leaks evenly',
      opened(async ({ limiter, clock }) => {
        const now = begin(clock.now());
        const of = rule('leaky_bucket', 5, 2);
        expect(await allowed(limiter, 'k', of, now)).toBe(6);
        expect(await allowed(limiter, 'k', of, now + windowMs / 5)).toBe(1);
        expect(await allowed(limiter, 'k', of, now + windowMs)).toBe(4);
      }),
    );

    test(
      'windows know no burst',
      opened(async ({ limiter, clock }) => {
        const now = begin(clock.now());
        expect(await allowed(limiter, 'f', rule('fixed_window', 5, 3), now)).toBe(5);
        expect(await allowed(limiter, 's', rule('sliding_window', 5, 3), now)).toBe(5);
      }),
    );

    test(
      'a limit of nothing lets nothing through',
      opened(async ({ limiter, clock }) => {
        const now = begin(clock.now());
        for (const algorithm of limitAlgorithms) {
          expect(await limiter.take(algorithm, rule(algorithm, 0), now)).toMatchObject({
            allowed: false,
            limit: 0,
            remaining: 0,
          });
        }
      }),
    );

    test(
      'a clock that goes back frees nothing and breaks nothing',
      opened(async ({ limiter, clock }) => {
        const now = begin(clock.now());
        for (const algorithm of limitAlgorithms) {
          await allowed(limiter, algorithm, rule(algorithm), now);
          expect((await limiter.take(algorithm, rule(algorithm), now - 2_000)).allowed).toBe(false);
        }
      }),
    );
  });
}
