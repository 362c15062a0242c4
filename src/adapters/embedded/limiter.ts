// Limits in memory: with one process there is nobody to share them with, and a restart may forget them.
import { type LimitState, peekLimit, takeLimit } from '#src/domain/rate-limits.ts';
import type { Limiter } from '#src/ports/limiter.ts';

/** So many takes lie between two looks for keys that are wholly free again. */
const takesBetweenSweeps = 5_000;

export function embeddedLimiter(): Limiter {
  const keys = new Map<string, { state: LimitState; resetAt: number }>();
  let takes = 0;

  function sweep(now: number): void {
    for (const [key, { resetAt }] of keys) if (resetAt <= now) keys.delete(key);
  }

  return {
    async take(key, rule, now) {
      takes += 1;
      if (takes % takesBetweenSweeps === 0) sweep(now);
      const { decision, state } = takeLimit(rule, keys.get(key)?.state ?? null, now);
      if (state !== null) keys.set(key, { state, resetAt: decision.resetAt });
      return decision;
    },
    peek: async (key, rule, now) => peekLimit(rule, keys.get(key)?.state ?? null, now),
    async reset(keyPrefix) {
      for (const key of keys.keys()) if (key.startsWith(keyPrefix)) keys.delete(key);
    },
  };
}
