// What this process has seen of leases, by its own monotonic clock: the only clock by which one is judged to have lapsed.

/** As the server has it. Without a holder it was given up. */
export interface Entry {
  holder: string | null;
  term: number;
  /** Another one after each renewal. */
  stamp: string;
  ttlMs: number;
}

interface Sight {
  /** `lost`: it was held, and then the server knew nothing of it, not even that it was given up. */
  kind: 'held' | 'free' | 'lost';
  entry: Entry;
  /** Since when it has been seen so. */
  since: number;
}

export interface Claim {
  /** The stamp that was seen for a whole period: it may be taken from its holder. */
  lapsed: string | null;
  /** Whether it may be taken when the server knows nothing of it. */
  absentIsFree: boolean;
  /** The highest term that was seen; 0 for none. */
  term: number;
}

/** The oldest sights are forgotten beyond it; to forget one means to wait longer, or not to notice that it was lost. */
const sightsMax = 10_000;

export interface Sights {
  claimOf(name: string, holder: string, now: number): Claim;
  /** @param at when the look began for what is our own, and when it was answered for what is another's */
  saw(name: string, entry: Entry | null, at: number): void;
  /** Seen unchanged for a whole period. */
  hasLapsed(name: string, now: number): boolean;
}

export function createSights(): Sights {
  const sights = new Map<string, Sight>();

  const isOver = (sight: Sight, now: number): boolean => now - sight.since >= sight.entry.ttlMs;

  return {
    claimOf(name, holder, now) {
      const sight = sights.get(name);
      if (sight === undefined) return { lapsed: null, absentIsFree: true, term: 0 };
      const { kind, entry } = sight;
      const over = isOver(sight, now);
      // Who held it may still believe that it does. If that is us: while our time runs, nobody else could take it.
      const absentIsFree = { free: true, lost: over, held: entry.holder === holder && !over }[kind];
      return { lapsed: kind === 'held' && over ? entry.stamp : null, absentIsFree, term: entry.term };
    },
    saw(name, entry, at) {
      const before = sights.get(name);
      const sight = next(before, entry, at);
      sights.delete(name);
      if (sight === null) return;
      sights.set(name, sight);
      const [oldest] = sights.keys();
      if (sights.size > sightsMax && oldest !== undefined) sights.delete(oldest);
    },
    hasLapsed(name, now) {
      const sight = sights.get(name);
      return sight !== undefined && isOver(sight, now);
    },
  };
}

function next(before: Sight | undefined, entry: Entry | null, at: number): Sight | null {
  if (entry === null) {
    return before?.kind === 'held' ? { ...before, kind: 'lost', since: at } : (before ?? null);
  }
  if (entry.holder === null) return { kind: 'free', entry, since: at };
  const isSame = before?.kind === 'held' && before.entry.stamp === entry.stamp;
  return isSame ? before : { kind: 'held', entry, since: at };
}
