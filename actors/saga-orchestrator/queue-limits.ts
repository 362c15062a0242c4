// How many may run at the same time, in all and of each user, as it is now: settings and quotas change while runs wait.
import type { QueueLimits } from '#src/domain/queue.ts';
import { defaultQuotasId, type QuotasBody, quotasCollection } from '#src/domain/quotas.ts';
import type { RoleSettings } from '#src/domain/roles.ts';
import type { Clock } from '#src/ports/clock.ts';
import type { Documents } from '#src/ports/documents.ts';
import { everyRow } from '#src/ports/paging.ts';

export interface LiveLimits {
  /** Reads the quotas again where that was not done within the last second, or when it is `due`. */
  refresh(due: boolean): Promise<void>;
  now(): QueueLimits;
}

const servesMs = 1_000;
const pageRows = 500;

export function createLiveLimits(
  { clock, documents }: { clock: Clock; documents: Documents },
  settings: Pick<RoleSettings, 'concurrentMax' | 'concurrentPerUserMax'>,
): LiveLimits {
  const collection = documents.collection<QuotasBody>(quotasCollection);
  let byUser: ReadonlyMap<string, number> = new Map();
  let readAt = Number.NEGATIVE_INFINITY;

  async function read(): Promise<ReadonlyMap<string, number>> {
    const found = new Map<string, number>();
    const set = { where: { concurrent: { exists: true } }, limit: pageRows };
    for await (const { id, body } of everyRow(collection.find, set))
      if (body.concurrent !== null) found.set(id, body.concurrent);
    return found;
  }

  return {
    async refresh(due) {
      const now = clock.monotonic();
      if (!due && now - readAt < servesMs) return;
      byUser = await read();
      readAt = now;
    },
    now: () => ({
      concurrentMax: settings.concurrentMax,
      concurrentPerUserMax: byUser.get(defaultQuotasId) ?? settings.concurrentPerUserMax,
      concurrentByUser: byUser,
    }),
  };
}
