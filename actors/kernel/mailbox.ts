// One thing at a time per key within this process; between processes the record's version decides.
// Keeps nothing of a key at which nobody waits.

export interface Mailbox {
  run<Result>(key: string, task: () => Promise<Result>): Promise<Result>;
  /** Tasks that run or wait. */
  inFlight(): number;
  /** Resolves once nothing runs or waits. */
  settled(): Promise<void>;
}

export function createMailbox(): Mailbox {
  const tails = new Map<string, Promise<void>>();
  let inFlight = 0;
  return {
    async run(key, task) {
      const before = tails.get(key);
      const { promise: tail, resolve: release } = Promise.withResolvers<void>();
      tails.set(key, tail);
      inFlight += 1;
      try {
        if (before !== undefined) await before;
        return await task();
      } finally {
        inFlight -= 1;
        if (tails.get(key) === tail) tails.delete(key);
        release();
      }
    },
    inFlight: () => inFlight,
    async settled() {
      while (tails.size > 0) await Promise.all(tails.values());
    },
  };
}
