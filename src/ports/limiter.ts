// Request limits. Nothing in it is the only copy of anything.
import type { LimitDecision, LimitRule } from '#src/domain/rate-limits.ts';

export {
  type LimitAlgorithm,
  type LimitDecision,
  type LimitRule,
  limitAlgorithms,
} from '#src/domain/rate-limits.ts';

export interface Limiter {
  /** Counts one request against `key`. A refused request uses nothing up. */
  take(key: string, rule: LimitRule, now: number): Promise<LimitDecision>;
  /** The same answer without counting. */
  peek(key: string, rule: LimitRule, now: number): Promise<LimitDecision>;
  reset(keyPrefix: string): Promise<void>;
}
