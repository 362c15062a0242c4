// Limits in memory: with one process there is nobody to share them with, and a restart may forget them.
import { limitCounts } from '#src/domain/limit-counts.ts';
import type { Limiter } from '#src/ports/limiter.ts';

export function embeddedLimiter(): Limiter {
  const counts = limitCounts();
  return {
    take: async (key, rule, now) => counts.take(key, rule, now),
    peek: async (key, rule, now) => counts.peek(key, rule, now),
    reset: async (keyPrefix) => counts.reset(keyPrefix),
  };
}
