// What every engine of Leases promises: one holder for a while, terms that grow, and no taking over before the time.
import { describe, expect, test } from 'bun:test';
import type { Lease, Leases } from '#src/ports/leases.ts';
import { type TimedHarness, using } from './harness.ts';

export interface LeasesHarness extends TimedHarness {
  leases: Leases;
  /** The leases as another process sees them; the same ones where there is only one process. */
  other?: Leases;
}

const longMs = 60_000;
const shortMs = 40;

export function testLeases(name: string, factory: () => Promise<LeasesHarness>): void {
  const opened = using(factory);
  describe(`${name}: leases`, () => {
    test(
      'the first gets it, the second does not, the first renews it in the same term',
      opened(async ({ leases, other = leases }) => {
        const first = await leases.acquire('scheduler', 'a', longMs);
        expect(first).toMatchObject({ name: 'scheduler', holder: 'a' });
        expect(await other.acquire('scheduler', 'b', longMs)).toBeNull();
        expect(await leases.acquire('scheduler', 'a', longMs)).toEqual(first);
        expect(await other.current('scheduler')).toEqual(first);
      }),
    );

    test(
      'names are independent',
      opened(async ({ leases, other = leases }) => {
        await leases.acquire('one', 'a', longMs);
        expect((await other.acquire('two', 'b', longMs))?.holder).toBe('b');
        expect((await leases.current('one'))?.holder).toBe('a');
        expect(await leases.current('three')).toBeNull();
      }),
    );

    test(
      'a lease that is given up goes to the next at once, in a higher term',
      opened(async ({ leases, other = leases }) => {
        const first = await leases.acquire('scheduler', 'a', longMs);
        await leases.release('scheduler', 'a');
        expect(await leases.current('scheduler')).toBeNull();
        const second = await other.acquire('scheduler', 'b', longMs);
        expect(second?.holder).toBe('b');
        expect(second?.term ?? 0).toBeGreaterThan(first?.term ?? Number.POSITIVE_INFINITY);
        expect(await leases.acquire('scheduler', 'a', longMs)).toBeNull();
      }),
    );

    test(
      'only the holder can give it up',
      opened(async ({ leases, other = leases }) => {
        await leases.acquire('scheduler', 'a', longMs);
        await other.release('scheduler', 'b');
        await other.release('nothing', 'b');
        expect((await leases.current('scheduler'))?.holder).toBe('a');
      }),
    );

    test(
      'another gets it only after a whole period without a renewal, in a higher term',
      opened(async ({ leases, other = leases, clock, settle }) => {
        const began = clock.monotonic();
        const first = await leases.acquire('scheduler', 'a', shortMs);
        const taken: Lease[] = [];
        await settle(async () => {
          const second = await other.acquire('scheduler', 'b', shortMs);
          if (second !== null) taken.push(second);
          return second !== null;
        });
        expect(clock.monotonic() - began).toBeGreaterThanOrEqual(shortMs);
        expect(taken[0]?.term ?? 0).toBeGreaterThan(first?.term ?? Number.POSITIVE_INFINITY);
        expect(taken[0]?.holder).toBe('b');
      }),
    );

    test(
      'a lease that is renewed again and again is never taken',
      opened(async ({ leases, other = leases, clock, settle }) => {
        const began = clock.monotonic();
        const taken: unknown[] = [];
        await settle(async () => {
          const asked = clock.monotonic();
          const renewed = await leases.acquire('scheduler', 'a', shortMs);
          const stolen = await other.acquire('scheduler', 'b', shortMs);
          // A machine that stood still for a whole period has lost the lease by right.
          const inTime = clock.monotonic() - asked < shortMs;
          if (inTime && (renewed?.holder !== 'a' || stolen !== null)) taken.push(stolen);
          if (stolen !== null) await other.release('scheduler', 'b');
          return clock.monotonic() - began > 3 * shortMs;
        });
        expect(taken).toEqual([]);
      }),
    );

    test(
      'of many that want it at once exactly one gets it',
      opened(async ({ leases }) => {
        const names = Array.from({ length: 8 }, (_, index) => `p${index}`);
        const got = await Promise.all(names.map((holder) => leases.acquire('scheduler', holder, longMs)));
        expect(got.filter((lease) => lease !== null)).toHaveLength(1);
      }),
    );
  });
}
