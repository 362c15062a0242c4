// What one user may have at the same time, in a day and in all. An admin's words stand before what is configured: for the
// user, else for everybody. Pure; counts nothing.

export const quotaNames = ['concurrent', 'queued', 'cpuSecondsDay', 'storageBytes'] as const;
export type QuotaName = (typeof quotaNames)[number];

/** `cpuSecondsDay` and `storageBytes`: 0 is without limit. */
export type Quotas = Readonly<Record<QuotaName, number>>;

/** Body of a document of `quotas`: what was set; null leaves it to the default. */
export type QuotasBody = Record<QuotaName, number | null>;

export const noQuotas: Readonly<QuotasBody> = {
  concurrent: null,
  queued: null,
  cpuSecondsDay: null,
  storageBytes: null,
};

/** The id of a document is a user's, or this for everybody's default. */
export const defaultQuotasId = 'default';
export const quotasCollection = { name: 'quotas', indexes: [{ fields: ['concurrent'] }] };

const dayMs = 24 * 60 * 60_000;

/** The first that was set of each, from the nearest to what is configured. */
export function quotasInEffect(configured: Quotas, ...nearest: readonly Readonly<QuotasBody>[]): Quotas {
  const entries = quotaNames.map((name) => {
    const set = nearest.map((body) => body[name]).find((value) => value !== null && value !== undefined);
    return [name, set ?? configured[name]] as const;
  });
  return Object.fromEntries(entries) as Record<QuotaName, number>;
}

/** Midnight, UTC. */
export const dayStart = (now: number): number => Math.floor(now / dayMs) * dayMs;
export const nextDayStart = (now: number): number => dayStart(now) + dayMs;
