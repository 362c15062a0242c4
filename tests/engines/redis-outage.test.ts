// A Redis server that is killed, stands still or forgets everything: no call hangs, everything works again by itself, and no two
// processes believe in one lease at once.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'bun:test';
import { pause } from '#actors/waiting.ts';
import type { RedisEngines } from '#src/adapters/redis/engines.ts';
import { isUnavailable } from '#src/domain/errors.ts';
import type { Clock } from '#src/ports/clock.ts';
import type { LimitRule } from '#src/ports/limiter.ts';
import { endOf } from '#tests/support/end-of-call.ts';
import { until } from '#tests/support/until.ts';
import { clock, directly, type RedisWorld, redisWorld } from './redis-world.ts';
import { startRedis } from './servers/redis.ts';
import type { TestServer } from './servers/server.ts';

const rule: LimitRule = {
  algorithm: 'sliding_window',
  requests: 1_000,
  windowMs: 60_000,
  burstMultiplier: 1,
};
/** The deadline of a command, and what a machine under load adds to it. */
const patienceMs = 4_000;
/** Heartbeats of a quarter of a second. */
const hasty: Clock = { ...clock, after: (delayMs, call) => clock.after(delayMs / 20, call) };

let server: TestServer;
let world: RedisWorld;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());
beforeEach(async () => {
  world = await redisWorld(server.url, { clock: hasty });
});
afterEach(() => world.close());

/** How often somebody was woken who listens at this process, from when he surely hears. */
async function wakesOf({ liveFeed }: RedisEngines): Promise<() => number> {
  let woken = 0;
  liveFeed.subscribe('run:1', () => void woken++);
  // Once at the beginning: something may have been missed before.
  await until(() => woken === 1);
  return () => woken;
}

/** A hint of one process wakes who listens at the other. */
async function hintsArrive({ liveFeed }: RedisEngines, woken: () => number): Promise<void> {
  const before = woken();
  await until(() => {
    liveFeed.hint('run:1');
    return woken() > before;
  });
}

const everyCall = ({ limiter, leases }: RedisEngines): (() => Promise<unknown>)[] => [
  () => limiter.take('k', rule, clock.now()),
  () => limiter.peek('k', rule, clock.now()),
  () => limiter.reset('k'),
  () => leases.acquire('scheduler', 'a', 60_000),
  () => leases.current('scheduler'),
  () => leases.release('scheduler', 'a'),
];

const ends = (engines: RedisEngines): Promise<string[]> =>
  Promise.all(everyCall(engines).map((call) => endOf(call(), patienceMs)));

const isBack = async (engines: RedisEngines): Promise<boolean> =>
  engines.isUp() && (await ends(engines)).every((end) => end === 'done');

const told = (message: string): number =>
  world.logger.lines.filter((line) => line.message === message).length;

describe('an outage of redis', () => {
  test('by kill -9: calls fail at once, and after a restart everything goes on where it was', async () => {
    const { one, two } = world;
    const woken = await wakesOf(two);
    const held = await one.leases.acquire('scheduler', 'a', 60_000);
    await one.limiter.take('counted', rule, clock.now());
    await server.kill();
    expect(new Set([...(await ends(one)), ...(await ends(two))])).toEqual(new Set(['unavailable']));
    await until(() => !one.isUp() && !two.isUp());
    for (let index = 0; index < 100; index += 1) one.liveFeed.hint('run:1');
    const unheard = two.liveFeed.subscribe('run:2', () => undefined);
    await server.restart();
    await until(async () => one.isUp() && two.isUp());
    // Something may have been missed.
    await until(() => woken() > 1);
    await hintsArrive(one, woken);
    unheard();
    expect(await two.leases.acquire('scheduler', 'b', 60_000)).toBeNull();
    expect(await one.leases.acquire('scheduler', 'a', 60_000)).toEqual(held);
    expect((await two.limiter.peek('counted', rule, clock.now())).remaining).toBe(999);
    // Two connections of two processes, each told once.
    expect([told('redis is away'), told('redis is back')]).toEqual([4, 4]);
  });

  test('by standing still: calls end at their deadline, then at once, and all goes on after it', async () => {
    const { one, two } = world;
    const woken = await wakesOf(two);
    server.pause();
    try {
      expect(new Set(await ends(one))).toEqual(new Set(['unavailable']));
      // Nobody waits for the deadline again while it stands still.
      const began = clock.monotonic();
      for (let index = 0; index < 20; index += 1)
        expect(await endOf(one.leases.current('x'), patienceMs)).toBe('unavailable');
      expect(clock.monotonic() - began).toBeLessThan(10_000);
      // Also who only listens has noticed.
      await until(() => !two.isUp());
    } finally {
      server.resume();
    }
    await until(() => isBack(one));
    await until(() => isBack(two));
    await hintsArrive(one, woken);
  });

  test('by forgetting everything: counts begin anew, hints go on, terms grow', async () => {
    const { one, two } = world;
    const woken = await wakesOf(two);
    const before = await one.leases.acquire('scheduler', 'a', 60_000);
    expect(await two.leases.acquire('scheduler', 'b', 60_000)).toBeNull();
    await one.limiter.take('k', rule, clock.now());
    await directly(server.url, async (redis) => [await redis.flushall(), await redis.script('FLUSH')]);
    expect((await two.limiter.take('k', rule, clock.now())).remaining).toBe(999);
    // Whoever saw it held does not take what is lost.
    expect(await two.leases.acquire('scheduler', 'b', 60_000)).toBeNull();
    expect(await two.leases.current('scheduler')).toBeNull();
    const after = await one.leases.acquire('scheduler', 'a', 60_000);
    expect(after?.term ?? 0).toBeGreaterThan(before?.term ?? Number.POSITIVE_INFINITY);
    await hintsArrive(one, woken);
  });
});

interface Belief {
  holder: string;
  from: number;
  until: number;
}

describe('a lease during outages', () => {
  const ttlMs = 400;

  /** Wants the lease all the time, as a scheduler does. */
  async function want(
    holder: string,
    { leases }: RedisEngines,
    beliefs: Belief[],
    signal: AbortSignal,
  ): Promise<void> {
    while (!signal.aborted) {
      const from = clock.monotonic();
      try {
        const lease = await leases.acquire('scheduler', holder, ttlMs);
        if (lease !== null) beliefs.push({ holder, from, until: from + ttlMs });
      } catch (error) {
        if (!isUnavailable(error)) throw error;
      }
      await pause(clock, 15);
    }
  }

  const overlaps = (beliefs: readonly Belief[]): Belief[][] =>
    beliefs.flatMap((one) =>
      beliefs
        .filter((other) => other.holder > one.holder && other.from < one.until && one.from < other.until)
        .map((other) => [one, other]),
    );

  test('no two believe in it at once, and somebody has it again after each', async () => {
    const beliefs: Belief[] = [];
    const stops = { a: new AbortController(), b: new AbortController() };
    const first = want('a', world.one, beliefs, stops.a.signal);
    const second = want('b', world.two, beliefs, stops.b.signal);
    const held = async (): Promise<void> => {
      const from = clock.monotonic();
      await until(() => beliefs.some((belief) => belief.from > from));
    };
    const forget = () => directly(server.url, (redis) => redis.flushall());
    const outages: (() => Promise<unknown>)[] = [
      forget,
      async () => {
        await server.kill();
        await pause(clock, 2 * ttlMs);
        await server.restart();
      },
      async () => {
        server.pause();
        await pause(clock, ttlMs / 2).finally(server.resume);
      },
      async () => {
        server.pause();
        await pause(clock, 3 * ttlMs).finally(server.resume);
      },
      async () => {
        await server.kill();
        await server.restart();
        await forget();
      },
    ];
    await held();
    for (const outage of outages) {
      await outage();
      await held();
    }
    // Who held it last goes away without a word, just when everything is forgotten.
    const last = beliefs.at(-1)?.holder === 'a' ? 'a' : 'b';
    stops[last].abort();
    await forget();
    const gone = clock.monotonic();
    await until(() => beliefs.some(({ holder, from }) => holder !== last && from > gone));
    stops.a.abort();
    stops.b.abort();
    await Promise.all([first, second]);
    expect(overlaps(beliefs)).toEqual([]);
    expect(new Set(beliefs.map(({ holder }) => holder))).toEqual(new Set(['a', 'b']));
    // However often the driver tried in vain, an outage is told once.
    await until(() => world.one.isUp() && world.two.isUp());
    expect(told('redis is away')).toBeGreaterThan(0);
    expect(told('redis is away')).toBe(told('redis is back'));
    const refused = world.logger.lines.filter(({ message }) => message === 'redis stays away');
    expect(refused.some(({ fields }) => String(fields.error).includes('ECONNREFUSED'))).toBe(true);
    expect(refused.length).toBeLessThan(20);
  });
});
