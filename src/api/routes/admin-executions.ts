// For admins: everybody's runs, their order while they wait, and the queue as the original interface tells of it.
import { Elysia } from 'elysia';
import { type AdminRow, changePriority, listAllRuns } from '#src/app/executions/admin-view.ts';
import { readQueueState } from '#src/app/executions/queue-state.ts';
import type { RouteModule } from '../context.ts';
import {
  adminExecution,
  adminExecutionList,
  adminExecutionQuery,
  priorityRequest,
  queueStatus,
} from '../contract/admin-executions.ts';
import { errors } from '../contract/answers.ts';
import { executionParams } from '../contract/executions.ts';
import { requireAdmin } from '../plugins/auth.ts';

export const adminExecutionRoutes: RouteModule = (context) => {
  const { runs } = context.services;
  return new Elysia({ prefix: '/admin/executions', tags: ['admin'] })
    .use(requireAdmin(context))
    .get(
      '/',
      async ({ query }) => {
        const limit = Number(query.limit ?? 50);
        const skip = Number(query.skip ?? 0);
        const { status = null, priority = null, user_id: userId = null } = query;
        const { rows, total } = await listAllRuns(runs, { status, priority, userId, limit, skip });
        return { executions: rows.map(viewOf), total, limit, skip, has_more: skip + rows.length < total };
      },
      { query: adminExecutionQuery, response: { 200: adminExecutionList, ...errors() } },
    )
    .get(
      '/queue',
      async () => {
        const { waiting, running, concurrent } = await readQueueState(runs);
        return {
          queue_depth: waiting.total,
          active_count: running.total,
          max_concurrent: concurrent,
          by_priority: waiting.byPriority,
        };
      },
      { response: { 200: queueStatus, ...errors() } },
    )
    .put(
      '/:execution_id/priority',
      async ({ params, body, caller }) =>
        viewOf(await changePriority(runs, caller, params.execution_id, body.priority)),
      {
        params: executionParams,
        body: priorityRequest,
        response: { 200: adminExecution, ...errors(400, 404) },
      },
    );
};

const viewOf = (row: AdminRow) => ({
  execution_id: row.executionId,
  script: row.script,
  status: row.status,
  lang: row.language,
  lang_version: row.version,
  stdout: row.stdout,
  stderr: row.stderr,
  exit_code: row.exitCode,
  error_type: row.errorType,
  priority: row.priority,
  user_id: row.userId,
  created_at: new Date(row.createdAt).toISOString(),
  updated_at: new Date(row.updatedAt).toISOString(),
});
