// Request limits. Nothing in it is the only copy of anything.

export const limitAlgorithms = ['sliding_window', 'token_bucket', 'fixed_window', 'leaky_bucket'] as const;
export type LimitAlgorithm = (typeof limitAlgorithms)[number];

export interface LimitRule {
  requests: number;
  windowMs: number;
  algorithm: LimitAlgorithm;
  /** How far a bucket may exceed its rate for a moment; 1 for none. */
  burstMultiplier: number;
}

export interface LimitDecision {
  allowed: boolean;
  limit: number;
  remaining: number;
  /** When the whole limit is free again, milliseconds since 1970. */
  resetAt: number;
  /** 0 when allowed. */
  retryAfterMs: number;
}

export interface Limiter {
  /** Counts one request against `key`. A refused request uses nothing up. */
  take(key: string, rule: LimitRule, now: number): Promise<LimitDecision>;
  /** The same answer without counting. */
  peek(key: string, rule: LimitRule, now: number): Promise<LimitDecision>;
  reset(keyPrefix: string): Promise<void>;
}
