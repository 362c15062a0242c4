// Answers kept for half a second, so that a change made elsewhere is felt within that time. Bounded.
import type { Clock } from '#src/ports/clock.ts';

export interface ShortLived<Value> {
  /** A lookup that fails is not kept. */
  get(key: string, look: (key: string) => Promise<Value>): Promise<Value>;
  forget(key: string): void;
  clear(): void;
}

const keptMs = 500;
const entriesMax = 10_000;

export function shortLived<Value>(clock: Clock): ShortLived<Value> {
  const entries = new Map<string, { until: number; value: Promise<Value> }>();
  return {
    get(key, look) {
      const now = clock.monotonic();
      const entry = entries.get(key);
      if (entry !== undefined && entry.until > now) return entry.value;
      if (entries.size >= entriesMax) entries.clear();
      const value = look(key);
      const fresh = { until: now + keptMs, value };
      entries.set(key, fresh);
      value.catch(() => {
        if (entries.get(key) === fresh) entries.delete(key);
      });
      return value;
    },
    forget: (key) => entries.delete(key),
    clear: () => entries.clear(),
  };
}
