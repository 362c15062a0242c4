// How many runs of one user may wait. A refusal is told to whoever counts refusals; it never fails because that failed.
import type { Caller } from '#src/domain/access.ts';
import { DomainError } from '#src/domain/errors.ts';
import type { DomainEvent } from '#src/domain/events.ts';
import type { ExecutionDeps } from './policy.ts';
import { machineName } from './stored.ts';

const comeAgainMs = 5_000;

/** @throws throttled */
export async function assertMayQueue(deps: ExecutionDeps, caller: Caller): Promise<void> {
  const limit = deps.policy().queuedPerUserMax;
  const queued = await deps.ports.records.count(machineName, { state: 'queued', userId: caller.userId });
  if (queued < limit) return;
  await tell(deps, caller.userId, limit, queued);
  throw new DomainError('throttled', 'Too many of your runs are waiting', { retryAfterMs: comeAgainMs });
}

async function tell(
  { ports, serviceVersion }: ExecutionDeps,
  userId: string,
  limit: number,
  queued: number,
): Promise<void> {
  const event: DomainEvent = {
    id: ports.ids.next(),
    type: 'quota_exceeded',
    at: ports.clock.now(),
    key: userId,
    payload: { quota_type: 'queued_executions', limit, current_usage: queued, user_id: userId },
    metadata: { service: 'api', serviceVersion, userId },
  };
  await ports.bus
    .publish([event])
    .catch((error: unknown) => ports.logger.warn({ error }, 'a refused run was not published'));
}
