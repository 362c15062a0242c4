// One run: looked at, cancelled, repeated, typed into, deleted.
import { Elysia, t } from 'elysia';
import { cancel } from '#src/app/executions/cancel.ts';
import { deleteRun } from '#src/app/executions/delete.ts';
import { typeInto } from '#src/app/executions/input.ts';
import { retry } from '#src/app/executions/retry.ts';
import { readRunEvents } from '#src/app/executions/run-events.ts';
import { readExecution, readResult } from '#src/app/executions/view.ts';
import { isEventType } from '#src/domain/events.ts';
import type { RouteModule } from '../context.ts';
import { errors } from '../contract/answers.ts';
import {
  cancelRequest,
  cancelResponse,
  deleteResponse,
  eventResponse,
  eventsQuery,
  executionResponse,
  executionResult,
  executionView,
  inputRequest,
  inputResponse,
  idempotencyHeaders as keyHeaders,
  executionParams as params,
} from '../contract/executions.ts';
import { requireUser } from '../plugins/auth.ts';
import { queryValues } from '../query-values.ts';

export const executionRoutes: RouteModule = (context) => {
  const { runs } = context.services;
  const { environment, serviceVersion } = context.deps.settings;
  return new Elysia({ prefix: '/executions', tags: ['executions'] })
    .use(requireUser(context))
    .get('/:execution_id', ({ params: { execution_id: id }, caller }) => readExecution(runs, caller, id), {
      params,
      response: { 200: executionView, ...errors(404) },
    })
    .delete(
      '/:execution_id',
      async ({ params: { execution_id: id }, caller }) => {
        await deleteRun(runs, caller, id);
        return { message: 'Execution deleted', execution_id: id };
      },
      { params, response: { 200: deleteResponse, ...errors(400, 404) } },
    )
    .get(
      '/:execution_id/result',
      ({ params: { execution_id: id }, caller }) => readResult(runs, caller, id),
      {
        params,
        response: { 200: executionResult, ...errors(404) },
      },
    )
    .post(
      '/:execution_id/cancel',
      async ({ params: { execution_id: id }, body, caller }) => {
        const reason = body?.reason ?? 'User requested cancellation';
        const { status, message, eventId } = await cancel(runs, caller, id, reason);
        return { execution_id: id, status, message, event_id: eventId };
      },
      {
        params,
        body: t.Optional(t.Nullable(cancelRequest)),
        response: { 200: cancelResponse, ...errors(400, 404) },
      },
    )
    .post(
      '/:execution_id/retry',
      async ({ params: { execution_id: id }, headers, caller }) => {
        const { executionId } = await retry(runs, caller, id, headers['idempotency-key'] ?? null);
        return { execution_id: executionId, status: 'queued' as const };
      },
      { params, headers: keyHeaders, response: { 200: executionResponse, ...errors(400, 404, 409) } },
    )
    .get(
      '/:execution_id/events',
      ({ params: { execution_id: id }, query, request, caller }) => {
        const limit = Number(query.limit ?? 100);
        const types = queryValues(request, 'event_types', isEventType);
        return readRunEvents(runs, caller, id, { types, limit, environment, serviceVersion });
      },
      { params, query: eventsQuery, response: { 200: t.Array(eventResponse), ...errors(404) } },
    )
    .post(
      '/:execution_id/stdin',
      async ({ params: { execution_id: id }, body, headers, caller }) => {
        const { data, encoding = 'utf-8', eof: end = false } = body;
        const key = headers['idempotency-key'] ?? null;
        const typed = { data, encoding, end, key };
        const { acceptedBytes, closed } = await typeInto(runs, caller, id, typed);
        return { execution_id: id, accepted_bytes: acceptedBytes, closed };
      },
      {
        params,
        body: inputRequest,
        headers: keyHeaders,
        response: { 200: inputResponse, ...errors(400, 404) },
      },
    );
};
