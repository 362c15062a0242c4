// Waits for a condition, never for a time: looks again and again until it holds.

export async function until(holds: () => Promise<boolean> | boolean, withinMs = 15_000): Promise<void> {
  const end = performance.now() + withinMs;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error('it did not come to hold in time');
    await Bun.sleep(5);
  }
}
