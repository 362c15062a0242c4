// Leases where one process holds the data folder. A holder cannot outlive the process, so holders are kept in memory and
// a restart finds every lease free; only the terms are stored, because they must grow for ever.
import type { Clock } from '#src/ports/clock.ts';
import type { Lease, Leases } from '#src/ports/leases.ts';
import type { Connection } from './database.ts';
import type { Writer } from './writer.ts';

interface Held {
  holder: string;
  /** Known once its write is committed. */
  term: Promise<number>;
  /** By the monotonic clock. */
  until: number;
}

export function embeddedLeases(writer: Writer, clock: Clock): Leases {
  const held = new Map<string, Held>();

  async function take(name: string, holder: string, until: number): Promise<Lease> {
    const lease: Held = { holder, until, term: writer.write((connection) => nextTerm(connection, name)) };
    held.set(name, lease);
    try {
      return { name, holder, term: await lease.term };
    } catch (error) {
      if (held.get(name) === lease) held.delete(name);
      throw error;
    }
  }

  return {
    async acquire(name, holder, ttlMs) {
      const now = clock.monotonic();
      const known = held.get(name);
      if (known === undefined) return take(name, holder, now + ttlMs);
      if (known.holder !== holder) return known.until > now ? null : take(name, holder, now + ttlMs);
      known.until = now + ttlMs;
      return { name, holder, term: await known.term };
    },
    async release(name, holder) {
      if (held.get(name)?.holder === holder) held.delete(name);
    },
    async current(name) {
      const known = held.get(name);
      if (known === undefined || known.until <= clock.monotonic()) return null;
      return { name, holder: known.holder, term: await known.term };
    },
  };
}

function nextTerm(connection: Connection, name: string): number {
  const row = connection.get<{ term: number }>(
    `INSERT INTO lease_terms (name, term) VALUES (?1, 1)
     ON CONFLICT (name) DO UPDATE SET term = term + 1 RETURNING term`,
    [name],
  );
  if (row === null) throw new Error('a lease was written and answered no term');
  return row.term;
}
