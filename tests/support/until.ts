// Waits for a condition, never for a time: looks again and again until it holds. A wait in vain tells what the servers that the
// tests have started printed last.

/** Texts that explain a wait in vain. */
const tellers = new Set<() => string>();
const toldMax = 4_000;

/** Answers how to take it back. */
export function tellWhenInVain(printed: () => string): () => void {
  tellers.add(printed);
  return () => void tellers.delete(printed);
}

export const until = async (holds: () => Promise<boolean> | boolean, withinMs = 15_000): Promise<void> =>
  void (await untilGiven('it holds', async () => ((await holds()) ? true : null), { withinMs }));

interface Waiting {
  withinMs?: number;
  /** Between two looks, for those that leave something behind. */
  eachMs?: number;
  /** Why no look can succeed any more; null while one may. */
  inVain?: () => string | null;
}

/** What the look gives in the end; null is nothing yet. */
export async function untilGiven<Value>(
  what: string,
  look: () => Value | null | Promise<Value | null>,
  { withinMs = 30_000, eachMs = 5, inVain = () => null }: Waiting = {},
): Promise<Value> {
  const end = performance.now() + withinMs;
  for (;;) {
    const value = await look();
    if (value !== null) return value;
    const why = inVain() ?? (performance.now() > end ? `it did not in ${withinMs} ms` : null);
    if (why !== null) throw new Error([`until ${what}: ${why}`, ...told()].join('\n'));
    await Bun.sleep(eachMs);
  }
}

const told = (): string[] => [...tellers].map((printed) => printed().slice(-toldMax));
