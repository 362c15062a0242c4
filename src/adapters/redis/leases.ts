// Leases that survive a clock that jumps, commands that arrive late, and a server that forgets everything: who held one may go on
// believing so for its ttl, and whoever has seen it held waits that long. Only who saw nothing takes what is not there at once.
import { randomUUID } from 'node:crypto';
import type { Clock } from '#src/ports/clock.ts';
import type { Lease, Leases } from '#src/ports/leases.ts';
import type { Connection } from './connection.ts';
import { acquireScript, releaseScript } from './lease-scripts.ts';
import { run } from './script.ts';
import { createSights, type Entry } from './sights.ts';

export function redisLeases({ ask }: Connection, prefix: string, clock: Clock): Leases {
  const sights = createSights();
  const writer = randomUUID();
  let turn = 0;
  const keyOf = (name: string): string => `${prefix}lease:${name}`;

  return {
    async acquire(name, holder, ttlMs) {
      turn += 1;
      const mine = `${writer}:${turn}`;
      const began = clock.monotonic();
      const { term, lapsed, absentIsFree } = sights.claimOf(name, holder, began);
      const values = [holder, ttlMs, writer, turn, term, lapsed ?? '', absentIsFree ? '1' : '0'];
      const entry = entryOf(await ask((redis) => run(redis, acquireScript, keyOf(name), values)));
      const isOurs = entry?.stamp === mine;
      sights.saw(name, entry, isOurs ? began : clock.monotonic());
      return isOurs ? leaseOf(name, entry) : null;
    },
    async release(name, holder) {
      const values = [holder, writer, turn];
      await ask((redis) => run(redis, releaseScript, keyOf(name), values));
    },
    async current(name) {
      const [holder, term, by, at, ttl] = await ask((redis) =>
        redis.hmget(keyOf(name), 'holder', 'term', 'writer', 'turn', 'ttl'),
      );
      const entry = isText(term) ? { ...entryBy(term, `${by}:${at}`, ttl), holder: holder ?? null } : null;
      const now = clock.monotonic();
      sights.saw(name, entry, now);
      return entry === null || sights.hasLapsed(name, now) ? null : leaseOf(name, entry);
    },
  };
}

const isText = (value: string | null | undefined): value is string => typeof value === 'string';

const entryBy = (term: string, stamp: string, ttl: string | null | undefined): Omit<Entry, 'holder'> => ({
  term: Number(term),
  stamp,
  ttlMs: Number(ttl ?? 0),
});

function entryOf([holder, term, stamp, ttl]: readonly string[]): Entry | null {
  if (holder === undefined || term === undefined || stamp === undefined) return null;
  return { holder, ...entryBy(term, stamp, ttl) };
}

const leaseOf = (name: string, { holder, term }: Entry): Lease | null =>
  holder === null ? null : { name, holder, term };
