// Quotas as an admin reads and sets them: what was set, what holds, and what is used of it now.
import type { Caller } from '#src/domain/access.ts';
import { DomainError } from '#src/domain/errors.ts';
import type { QuotaName, Quotas, QuotasBody } from '#src/domain/quotas.ts';
import type { QuotaChange } from '../quotas.ts';
import type { Users } from '../users.ts';
import type { ExecutionDeps } from './dependencies.ts';
import { cpuMsToday, heldSlots, queuedRuns, storedBytes } from './quota.ts';

export interface QuotaView {
  own: Readonly<QuotasBody>;
  effective: Quotas;
  /** Null for the default, which nobody uses. */
  used: Record<QuotaName, number> | null;
}

/** Of one user, or the default of all where it is null. @throws not_found */
export async function readQuotas(
  deps: ExecutionDeps,
  users: Pick<Users, 'byId'>,
  userId: string | null,
): Promise<QuotaView> {
  await assertKnown(users, userId);
  const [own, effective, used] = await Promise.all([
    deps.quotas.own(userId),
    deps.quotas.inEffect(userId),
    userId === null ? null : usedBy(deps, userId),
  ]);
  return { own, effective, used };
}

/** @throws not_found */
export async function changeQuotas(
  deps: ExecutionDeps,
  users: Pick<Users, 'byId'>,
  { userId: by }: Caller,
  userId: string | null,
  change: QuotaChange,
): Promise<QuotaView> {
  await assertKnown(users, userId);
  await deps.quotas.change(by, userId, change);
  return readQuotas(deps, users, userId);
}

async function assertKnown(users: Pick<Users, 'byId'>, userId: string | null): Promise<void> {
  if (userId !== null && (await users.byId(userId)) === null)
    throw new DomainError('not_found', 'User not found');
}

async function usedBy({ ports }: ExecutionDeps, userId: string): Promise<Record<QuotaName, number>> {
  const { records, clock } = ports;
  return {
    concurrent: await heldSlots(records, userId),
    queued: await queuedRuns(records, userId),
    cpuSecondsDay: Math.floor((await cpuMsToday(records, userId, clock.now())) / 1_000),
    storageBytes: await storedBytes(records, userId),
  };
}
