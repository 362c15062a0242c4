// For admins: the queue, pausing and resuming admission, and what each user may have.
import { Elysia } from 'elysia';
import type { AdmissionView } from '#src/app/admission.ts';
import { readQueueState } from '#src/app/executions/queue-state.ts';
import { changeQuotas, type QuotaView, readQuotas } from '#src/app/executions/quota-view.ts';
import type { QuotasBody } from '#src/domain/quotas.ts';
import type { RouteModule } from '../context.ts';
import {
  admissionRequest,
  admissionResponse,
  queueState,
  quotaQuery,
  quotaRequest,
  quotaResponse,
} from '../contract/admission.ts';
import { errors } from '../contract/answers.ts';
import { requireAdmin } from '../plugins/auth.ts';

export const admissionRoutes: RouteModule = (context) => {
  const { runs, users } = context.services;
  const changed = { body: admissionRequest, response: { 200: admissionResponse, ...errors() } };
  return new Elysia({ prefix: '/admin', tags: ['admin'] })
    .use(requireAdmin(context))
    .get(
      '/queue',
      async () => {
        const { waiting, running, concurrent, concurrentPerUser, ...view } = await readQueueState(runs);
        const { oldest } = waiting;
        return {
          ...admissionOf(view),
          waiting: {
            total: waiting.total,
            users: waiting.users,
            by_priority: waiting.byPriority,
            oldest: oldest && {
              execution_id: oldest.executionId,
              user_id: oldest.userId,
              priority: oldest.priority,
              queued_at: moment(oldest.queuedAt),
            },
          },
          running,
          limits: { concurrent, concurrent_per_user: concurrentPerUser },
        };
      },
      { response: { 200: queueState, ...errors() } },
    )
    .post(
      '/queue/pause',
      async ({ caller, body }) => admissionOf(await runs.admission.change(caller, 'paused', body.reason)),
      changed,
    )
    .post(
      '/queue/resume',
      async ({ caller, body }) => admissionOf(await runs.admission.change(caller, 'resumed', body.reason)),
      changed,
    )
    .get(
      '/quotas',
      async ({ query }) => {
        const userId = query.user_id ?? null;
        return quotasOf(userId, await readQuotas(runs, users, userId));
      },
      { query: quotaQuery, response: { 200: quotaResponse, ...errors(404) } },
    )
    .put(
      '/quotas',
      async ({ query, body, caller }) => {
        const userId = query.user_id ?? null;
        const { concurrent, queued, cpu_seconds_day: cpuSecondsDay, storage_bytes: storageBytes } = body;
        const change = { concurrent, queued, cpuSecondsDay, storageBytes };
        return quotasOf(userId, await changeQuotas(runs, users, caller, userId, change));
      },
      { query: quotaQuery, body: quotaRequest, response: { 200: quotaResponse, ...errors(404) } },
    );
};

const moment = (at: number): string => new Date(at).toISOString();

const admissionOf = ({ paused, changes }: AdmissionView) => ({
  paused: paused && { ...paused, at: moment(paused.at) },
  changes: changes.map((change) => ({ ...change, at: moment(change.at) })),
});

const quotasOf = (userId: string | null, { own, effective, used }: QuotaView) => ({
  user_id: userId,
  quotas: named(own),
  effective: named(effective),
  used: used && named(used),
});

const named = <Value>(quotas: Readonly<Record<keyof QuotasBody, Value>>) => ({
  concurrent: quotas.concurrent,
  queued: quotas.queued,
  cpu_seconds_day: quotas.cpuSecondsDay,
  storage_bytes: quotas.storageBytes,
});
