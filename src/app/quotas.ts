// What each user may have, as admins set it; felt within half a second of a change, in whichever process it was made.
import {
  defaultQuotasId,
  noQuotas,
  type QuotaName,
  type Quotas,
  type QuotasBody,
  quotaNames,
  quotasCollection,
  quotasInEffect,
} from '#src/domain/quotas.ts';
import type { Clock } from '#src/ports/clock.ts';
import type { Documents } from '#src/ports/documents.ts';
import { admissionChannel, type LiveFeed } from '#src/ports/live-feed.ts';
import type { Logger } from '#src/ports/logger.ts';
import { everyRow } from '#src/ports/paging.ts';
import { shortLived } from './short-lived.ts';

export type QuotaChange = { readonly [Name in QuotaName]?: number | null | undefined };

export interface QuotaBook {
  /** What holds for the user; for everybody without own quotas when it is null. */
  inEffect(userId: string | null): Promise<Quotas>;
  /** What was set for the user, or for everybody when it is null. */
  own(userId: string | null): Promise<Readonly<QuotasBody>>;
  /** Sets what is given and leaves the rest; null leaves it to the default again. */
  change(by: string, userId: string | null, change: QuotaChange): Promise<void>;
  /** Of users who may run another number at the same time than the others; also that of everybody, by `default`. */
  concurrentByUser(): Promise<ReadonlyMap<string, number>>;
}

const pageRows = 500;

export function createQuotas(
  ports: { documents: Documents; clock: Clock; liveFeed: LiveFeed; logger: Logger },
  configured: () => Quotas,
): QuotaBook {
  const collection = ports.documents.collection<QuotasBody>(quotasCollection);
  const known = shortLived<Readonly<QuotasBody>>(ports.clock);
  const look = async (id: string) => ({ ...noQuotas, ...(await collection.get(id))?.body });
  const idOf = (userId: string | null): string => userId ?? defaultQuotasId;

  return {
    async inEffect(userId) {
      const everybody = await known.get(defaultQuotasId, look);
      if (userId === null) return quotasInEffect(configured(), everybody);
      return quotasInEffect(configured(), await known.get(userId, look), everybody);
    },
    own: (userId) => look(idOf(userId)),
    async change(by, userId, change) {
      const id = idOf(userId);
      const given = quotaNames.flatMap((name) => {
        const value = change[name];
        return value === undefined ? [] : [[name, value] as const];
      });
      await collection.insert(id, { ...noQuotas });
      await collection.change(id, { set: Object.fromEntries(given) });
      known.forget(id);
      ports.liveFeed.hint(admissionChannel);
      ports.logger.info({ by, of: id, ...Object.fromEntries(given) }, 'quotas');
    },
    async concurrentByUser() {
      const found = new Map<string, number>();
      const set = { where: { concurrent: { exists: true } }, limit: pageRows };
      for await (const { id, body } of everyRow(collection.find, set))
        if (body.concurrent !== null) found.set(id, body.concurrent);
      return found;
    },
  };
}
