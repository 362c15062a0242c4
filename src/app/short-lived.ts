// Answers kept for half a second, so that a change made elsewhere is felt within that time. Bounded.
import type { Clock } from '#src/ports/clock.ts';
import type { Soon } from './soon.ts';

export interface ShortLived<Value> {
  /** At once what is kept. A lookup that fails is not kept. */
  get(key: string, look: (key: string) => Promise<Value>): Soon<Value>;
  forget(key: string): void;
  clear(): void;
}

const keptMs = 500;
const entriesMax = 10_000;

export function shortLived<Value>(clock: Clock): ShortLived<Value> {
  const entries = new Map<string, { until: number; value: Soon<Value> }>();
  return {
    get(key, look) {
      const now = clock.monotonic();
      const entry = entries.get(key);
      if (entry !== undefined && entry.until > now) return entry.value;
      if (entries.size >= entriesMax) entries.clear();
      const value = look(key);
      const fresh: { until: number; value: Soon<Value> } = { until: now + keptMs, value };
      entries.set(key, fresh);
      value.then(
        (known) => {
          fresh.value = known;
        },
        () => {
          if (entries.get(key) === fresh) entries.delete(key);
        },
      );
      return value;
    },
    forget: (key) => entries.delete(key),
    clear: () => entries.clear(),
  };
}
