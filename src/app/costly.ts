// Answers that are looked up for everybody at once, and kept the longer the more the look has cost, so that such looks take
// only a small part of the time. Bounded.
import type { Clock } from '#src/ports/clock.ts';

export interface Costly<Value> {
  /** One look at a time for each key; one that fails is not kept. */
  get(key: string, look: () => Promise<Value>): Promise<Value>;
}

const keptMinMs = 500;
const keptMaxMs = 10_000;
/** A look may take so small a part of the time. */
const shareOfTime = 1 / 20;
const entriesMax = 10_000;

export function costly<Value>(clock: Clock): Costly<Value> {
  const entries = new Map<string, { until: number; value: Promise<Value> }>();
  return {
    get(key, look) {
      const began = clock.monotonic();
      const kept = entries.get(key);
      if (kept !== undefined && kept.until > began) return kept.value;
      if (entries.size >= entriesMax) entries.clear();
      const fresh = { until: Number.POSITIVE_INFINITY, value: look() };
      entries.set(key, fresh);
      fresh.value.then(
        () => {
          const now = clock.monotonic();
          fresh.until = now + Math.min(keptMaxMs, Math.max(keptMinMs, (now - began) / shareOfTime));
        },
        () => {
          if (entries.get(key) === fresh) entries.delete(key);
        },
      );
      return fresh.value;
    },
  };
}
