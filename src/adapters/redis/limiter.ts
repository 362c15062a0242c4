// Limits that all processes count together. A count is not repeated when its outcome is unknown: at most one too many counts.
import { unavailable } from '#src/domain/errors.ts';
import { peekLimit } from '#src/domain/rate-limits.ts';
import type { Clock } from '#src/ports/clock.ts';
import type { LimitDecision, Limiter, LimitRule } from '#src/ports/limiter.ts';
import type { Connection } from './connection.ts';
import { limitScript } from './limit-script.ts';
import { run } from './script.ts';

const resetWithinMs = 4_000;
const keysOfOneLook = 1_000;

export function redisLimiter(connection: Connection, prefix: string, clock: Clock): Limiter {
  const keysPrefix = `${prefix}limit:`;

  async function decide(
    key: string,
    rule: LimitRule,
    now: number,
    counts: '0' | '1',
  ): Promise<LimitDecision> {
    const fresh = peekLimit(rule, null, now);
    if (rule.requests < 1) return fresh;
    const { algorithm, requests, windowMs, burstMultiplier } = rule;
    const values = [algorithm, requests, windowMs, burstMultiplier, now, counts];
    const answer = await connection.ask((redis) => run(redis, limitScript, keysPrefix + key, values));
    const [allowed, remaining, resetAt, retryAfterMs] = answer.map(Number);
    return {
      allowed: allowed === 1,
      limit: fresh.limit,
      remaining: remaining ?? 0,
      resetAt: resetAt ?? now,
      retryAfterMs: retryAfterMs ?? 0,
    };
  }

  return {
    take: (key, rule, now) => decide(key, rule, now, '1'),
    peek: (key, rule, now) => decide(key, rule, now, '0'),
    async reset(keyPrefix) {
      const end = clock.monotonic() + resetWithinMs;
      const pattern = `${literal(keysPrefix + keyPrefix)}*`;
      let cursor = '0';
      do {
        if (clock.monotonic() > end) throw unavailable('redis: too many keys to look through in time');
        const [next, keys] = await connection.ask((redis) =>
          redis.scan(cursor, 'MATCH', pattern, 'COUNT', keysOfOneLook),
        );
        if (keys.length > 0) await connection.ask((redis) => redis.unlink(keys));
        cursor = next;
      } while (cursor !== '0');
    },
  };
}

/** A text in which no character stands for others. */
const literal = (text: string): string => text.replaceAll(/[\\*?[\]^-]/g, '\\$&');
