// What a user's next run must find room in. Runs that wait are counted exactly within one process; processor time and
// stored bytes are known once a run has ended, so what is running may still go beyond them.
import type { Caller } from '#src/domain/access.ts';
import { DomainError } from '#src/domain/errors.ts';
import { dayStart, nextDayStart } from '#src/domain/quotas.ts';
import type { Records } from '#src/ports/records.ts';
import type { ExecutionDeps } from './dependencies.ts';
import { machineName } from './stored.ts';

const comeAgainMs = 5_000;
/** Nobody can say when something will be deleted. */
const storageComeAgainMs = 60 * 60_000;

/** Accepts what `work` accepts, if the user's quotas leave room for one more. @throws throttled */
export async function withinQuotas<Value>(
  deps: ExecutionDeps,
  { userId }: Caller,
  work: () => Promise<Value>,
): Promise<Value> {
  const { records } = deps.ports;
  const { queued, cpuSecondsDay, storageBytes } = await deps.quotas.inEffect(userId);
  if (cpuSecondsDay > 0) await assertCpuLeft(deps, userId, cpuSecondsDay);
  if (storageBytes > 0) await assertStorageLeft(deps, userId, storageBytes);
  const outcome = await deps.room.within(userId, queued, () => queuedRuns(records, userId), work);
  if (outcome.kind === 'done') return outcome.value;
  throw refused(deps, userId, {
    quota: 'queued_executions',
    limit: queued,
    usage: outcome.usage,
    words: `Too many of your runs are waiting: ${outcome.usage}, and ${queued} are allowed`,
    retryAfterMs: comeAgainMs,
  });
}

async function assertCpuLeft(deps: ExecutionDeps, userId: string, limit: number): Promise<void> {
  const { records, clock } = deps.ports;
  const now = clock.now();
  const usedMs = await deps.measured.get(`cpu ${userId}`, () => cpuMsToday(records, userId, now));
  if (usedMs < limit * 1_000) return;
  const usage = Math.floor(usedMs / 1_000);
  throw refused(deps, userId, {
    quota: 'cpu_seconds_day',
    limit,
    usage,
    words: `Your runs have used ${usage} seconds of processor time today, and ${limit} are allowed until midnight, UTC`,
    retryAfterMs: nextDayStart(now) - now,
  });
}

async function assertStorageLeft(deps: ExecutionDeps, userId: string, limit: number): Promise<void> {
  const { records } = deps.ports;
  const usage = await deps.measured.get(`stored ${userId}`, () => storedBytes(records, userId));
  if (usage < limit) return;
  throw refused(deps, userId, {
    quota: 'storage_bytes',
    limit,
    usage,
    words: `Your runs keep ${usage} bytes, and ${limit} are allowed: delete some of them`,
    retryAfterMs: storageComeAgainMs,
  });
}

interface Exceeded {
  quota: string;
  limit: number;
  usage: number;
  words: string;
  retryAfterMs: number;
}

function refused({ securityLog }: ExecutionDeps, userId: string, exceeded: Exceeded): DomainError {
  const { words, retryAfterMs, ...told } = exceeded;
  securityLog.quotaExceeded({ userId, ...told });
  return new DomainError('throttled', words, { retryAfterMs });
}

export const queuedRuns = (records: Records, userId: string): Promise<number> =>
  records.count(machineName, { state: 'queued', userId });

/** Slots that the user's runs hold. */
export const heldSlots = (records: Records, userId: string): Promise<number> =>
  records.sum(machineName, 'heldCount', { userId, heldCount: { gt: 0 } });

/** Of runs that have ended since midnight, UTC, deleted ones too. */
export const cpuMsToday = (records: Records, userId: string, now: number): Promise<number> =>
  records.sum(machineName, 'cpuMs', { userId, endedAt: { gte: dayStart(now) } });

/** What came with the runs and what they left; a deleted run has nothing any more. */
export const storedBytes = async (records: Records, userId: string): Promise<number> =>
  (await records.sum(machineName, 'storedBytes', { userId })) +
  (await records.sum(machineName, 'inputBytes', { userId }));
