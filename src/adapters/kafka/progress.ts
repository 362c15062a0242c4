// How far one partition of a topic is: messages are taken in order and finished in any order; acknowledged is what lies
// below the oldest one that is not finished. Offsets may have gaps.

export interface Progress {
  take(offset: number): void;
  finish(offset: number): void;
  /** Taken, and not to be acknowledged yet: it or an older one is unfinished. */
  held(): number;
  /** Where a new owner has to begin, or null when that was committed already. */
  uncommitted(): number | null;
  committed(next: number): void;
}

export function trackProgress(): Progress {
  /** In the order of the offsets; true once finished. */
  const held = new Map<number, boolean>();
  let next: number | null = null;
  let committed: number | null = null;

  return {
    take(offset) {
      held.set(offset, false);
    },
    finish(offset) {
      held.set(offset, true);
      for (const [oldest, finished] of held) {
        if (!finished) return;
        held.delete(oldest);
        next = oldest + 1;
      }
    },
    held: () => held.size,
    uncommitted: () => (next === committed ? null : next),
    committed(through) {
      committed = through;
    },
  };
}
