// The shapes of the queue and of quotas, for admins.
import { t } from 'elysia';
import { admissionActions } from '#src/domain/fleet.ts';
import { integer, nullable, oneOf } from '#src/domain/schema.ts';
import { text as counted, moment, strict } from './values.ts';

const count = integer({ minimum: 0 });
const text = t.String();
const priority = t.String();

export const admissionRequest = t.Object({ reason: counted({ minLength: 1, maxLength: 500 }) }, strict);

const paused = nullable(t.Object({ by: text, reason: text, at: moment }));
const change = t.Object({ action: oneOf(admissionActions), by: text, reason: text, at: moment });

export const admissionResponse = t.Object({
  paused,
  changes: t.Array(change, { description: 'The last twenty, newest first.' }),
});

export const queueState = t.Object({
  paused,
  changes: t.Array(change),
  waiting: t.Object({
    total: count,
    users: count,
    by_priority: t.Record(priority, count),
    oldest: nullable(t.Object({ execution_id: text, user_id: text, priority, queued_at: moment })),
  }),
  running: t.Object({ total: count, users: count }),
  limits: t.Object({ concurrent: count, concurrent_per_user: count }),
});

const unlimited = { description: '0 is without limit.' };
const concurrent = integer({ minimum: 1, maximum: 10_000 });
const queued = integer({ minimum: 1, maximum: 1_000_000 });
const cpuSecondsDay = integer({ minimum: 0, maximum: 1_000_000_000 });
const storageBytes = integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });

export const quotaQuery = t.Object({
  user_id: t.Optional(
    t.String({ minLength: 1, maxLength: 200, description: 'Without it: the default of all.' }),
  ),
});

/** What is left out stays as it is; null leaves it to the default again. */
export const quotaRequest = t.Object(
  {
    concurrent: t.Optional(nullable(concurrent)),
    queued: t.Optional(nullable(queued)),
    cpu_seconds_day: t.Optional(nullable(cpuSecondsDay)),
    storage_bytes: t.Optional(nullable(storageBytes)),
  },
  strict,
);

const counts = (extra: object = {}) =>
  t.Object({ concurrent: count, queued: count, cpu_seconds_day: count, storage_bytes: count }, extra);

export const quotaResponse = t.Object({
  user_id: nullable(text),
  quotas: t.Object(
    {
      concurrent: nullable(count),
      queued: nullable(count),
      cpu_seconds_day: nullable(count),
      storage_bytes: nullable(count),
    },
    { description: 'As set; null is the default.' },
  ),
  effective: counts(unlimited),
  used: nullable(counts()),
});
