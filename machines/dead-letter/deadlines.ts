// When each state asks again, and when a policy sends the message again. No letter waits for ever: what people have not
// decided about after `keptMs` is discarded.
import type { RetryPolicy } from '#src/domain/dead-letter.ts';

const dayMs = 86_400_000;
const minuteMs = 60_000;

export const waits = {
  /** For the policy; without an answer the letter is left to people. */
  receivedMs: 10 * minuteMs,
  /** For the message to be taken or to fail; then it is asked for again, ever more rarely, because consumers may be away. */
  retryingMs: minuteMs,
  retryingLongestMs: 60 * minuteMs,
  keptMs: 90 * dayMs,
} as const;

export const keptWords = `kept for ${waits.keptMs / dayMs} days`;

/** `asked`: how often it was asked for already. */
export const retryingWaitMs = (asked: number): number =>
  Math.min(waits.retryingLongestMs, waits.retryingMs * 2 ** Math.min(asked, 10));

/** When the policy sends the message again, after so many redrives; null when it leaves that to people. */
export function nextRetryAt(policy: RetryPolicy, redrives: number, at: number): number | null {
  if (policy.kind === 'manual' || redrives >= policy.retriesMax) return null;
  switch (policy.kind) {
    case 'immediate':
      return at;
    case 'fixed_interval':
      return at + policy.intervalMs;
    case 'exponential_backoff':
      return at + Math.min(policy.longestMs, policy.firstMs * 2 ** redrives);
    case 'scheduled': {
      const today = at - (at % dayMs) + policy.minuteOfDay * minuteMs;
      return today > at ? today : today + dayMs;
    }
  }
}
