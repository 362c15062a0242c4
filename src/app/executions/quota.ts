// How many runs of one user may wait. Counted, not reserved: several requests at once may pass by a few.
import type { Caller } from '#src/domain/access.ts';
import { DomainError } from '#src/domain/errors.ts';
import type { ExecutionDeps } from './dependencies.ts';
import { machineName } from './stored.ts';

const comeAgainMs = 5_000;

/** @throws throttled */
export async function assertMayQueue(
  { ports, policy, securityLog }: ExecutionDeps,
  { userId }: Caller,
): Promise<void> {
  const limit = policy().queuedPerUserMax;
  const usage = await ports.records.count(machineName, { state: 'queued', userId });
  if (usage < limit) return;
  securityLog.quotaExceeded({ userId, quota: 'queued_executions', limit, usage });
  throw new DomainError('throttled', 'Too many of your runs are waiting', { retryAfterMs: comeAgainMs });
}
