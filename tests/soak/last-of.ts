// Waits for rest: what a soak leaves behind is judged once nothing more goes away.

/** Looks until nothing is left; answers what was left at the last look. */
export async function lastOf<Word>(withinMs: number, look: () => Promise<Word[]>): Promise<Word[]> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const left = await look();
    if (left.length === 0 || performance.now() > deadline) return left;
    await Bun.sleep(100);
  }
}
