// Counting requests where all processes count together, and in this process alone while that is away: an outage then neither
// stops anybody nor lets anybody through without a limit. Told once when it begins, and once when it is over.
import { limitCounts } from '#src/domain/limit-counts.ts';
import type { LimitDecision, Limiter, LimitRule } from '#src/ports/limiter.ts';
import type { Logger } from '#src/ports/logger.ts';

export type CountRequest = (key: string, rule: LimitRule, now: number) => Promise<LimitDecision>;

export function createCounting(limiter: Limiter, logger: Logger): CountRequest {
  // Kept after an outage: one that comes and goes must not begin anew each time. What is over counts no more.
  const alone = limitCounts();
  let isAway = false;

  return async (key, rule, now) => {
    try {
      const decision = await limiter.take(key, rule, now);
      if (isAway) logger.info({}, 'the limiter answers again');
      isAway = false;
      return decision;
    } catch (error) {
      if (!isAway) logger.warn({ error }, 'the limiter does not answer; this process counts alone');
      isAway = true;
      return alone.take(key, rule, now);
    }
  };
}
