// Request limits: each request to the interface takes from one limit, of its user or else of its network. They protect the
// service and must not be what takes it down.

import type { SecurityLog } from '#src/app/security-log.ts';
import type { LimitsOf } from '#src/app/user-limits.ts';
import type { Caller } from '#src/domain/access.ts';
import { chooseLimit } from '#src/domain/request-limits.ts';
import type { Clock } from '#src/ports/clock.ts';
import type { LimitDecision, Limiter } from '#src/ports/limiter.ts';
import type { Logger } from '#src/ports/logger.ts';
import type { Failure } from '../errors.ts';
import { networkOf } from './address.ts';
import { createCounting } from './counting.ts';

export interface LimitOutcome {
  decision: LimitDecision;
  /** Null when the request may go on. */
  refusal: Failure | null;
}

export type Limit = (
  path: string,
  caller: Caller | null,
  address: string | null,
) => Promise<LimitOutcome | null>;

export function createLimit(dependencies: {
  limiter: Limiter;
  limitsOf: LimitsOf;
  securityLog: SecurityLog;
  clock: Clock;
  logger: Logger;
}): Limit {
  const { limiter, limitsOf, securityLog, clock, logger } = dependencies;
  const count = createCounting(limiter, logger);

  return async (path, caller, address) => {
    try {
      const own = caller === null ? null : limitsOf(caller.userId);
      const chosen = chooseLimit(path, own instanceof Promise ? await own : own);
      if (chosen === null) return null;
      const { rule, requests } = chosen;
      const key = limitKey(caller, address, chosen.key);
      const windowMs = rule.windowSeconds * 1000;
      const { algorithm, burstMultiplier } = rule;
      const now = clock.now();
      const decision = await count(key, { requests, windowMs, algorithm, burstMultiplier }, now);
      if (decision.allowed) return { decision, refusal: null };
      const userId = caller?.userId ?? null;
      securityLog.rateLimitExceeded({ key, userId, endpoint: rule.pattern, limit: requests, windowMs });
      return { decision, refusal: refusalOf(decision) };
    } catch (error) {
      logger.warn({ error }, 'a limit could not be looked up; a request passed unlimited');
      return null;
    }
  };
}

/** Prefix of every count of one user: what an admin's reset forgets. */
export const limitKeyOfUser = (userId: string): string => `user:${userId}:`;

const limitKey = (caller: Caller | null, address: string | null, key: string): string =>
  caller === null ? `network:${networkOf(address)}:${key}` : `${limitKeyOfUser(caller.userId)}${key}`;

function refusalOf({ retryAfterMs, resetAt }: LimitDecision): Failure {
  const seconds = Math.max(1, Math.ceil(retryAfterMs / 1000));
  return {
    status: 429,
    body: {
      detail: 'Rate limit exceeded',
      type: 'ThrottledError',
      retry_after: seconds,
      reset_at: new Date(resetAt).toISOString(),
    },
    headers: { 'retry-after': String(seconds) },
  };
}
