// The counts of many keys in memory, for one process. They know no clock.
import { type LimitDecision, type LimitRule, type LimitState, peekLimit, takeLimit } from './rate-limits.ts';

/** So many takes lie between two looks for keys that are wholly free again. */
const takesBetweenSweeps = 5_000;

export interface LimitCounts {
  take(key: string, rule: LimitRule, now: number): LimitDecision;
  peek(key: string, rule: LimitRule, now: number): LimitDecision;
  reset(keyPrefix: string): void;
}

export function limitCounts(): LimitCounts {
  const keys = new Map<string, { state: LimitState; resetAt: number }>();
  let takes = 0;

  function sweep(now: number): void {
    for (const [key, { resetAt }] of keys) if (resetAt <= now) keys.delete(key);
  }

  return {
    take(key, rule, now) {
      takes += 1;
      if (takes % takesBetweenSweeps === 0) sweep(now);
      const { decision, state } = takeLimit(rule, keys.get(key)?.state ?? null, now);
      if (state !== null) keys.set(key, { state, resetAt: decision.resetAt });
      return decision;
    },
    peek: (key, rule, now) => peekLimit(rule, keys.get(key)?.state ?? null, now),
    reset(keyPrefix) {
      for (const key of keys.keys()) if (key.startsWith(keyPrefix)) keys.delete(key);
    },
  };
}
