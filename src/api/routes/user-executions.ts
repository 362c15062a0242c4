// A user's own runs.
import { Elysia } from 'elysia';
import { listRuns } from '#src/app/executions/list.ts';
import { invalid } from '#src/domain/errors.ts';
import type { RouteModule } from '../context.ts';
import { errors } from '../contract/answers.ts';
import { executionList, executionListQuery } from '../contract/executions.ts';
import { requireUser } from '../plugins/auth.ts';

export const userExecutionRoutes: RouteModule = (context) =>
  new Elysia({ prefix: '/user', tags: ['executions'] }).use(requireUser(context)).get(
    '/executions',
    async ({ query, caller }) => {
      const limit = Number(query.limit ?? 50);
      const skip = Number(query.skip ?? 0);
      const { executions, total } = await listRuns(context.services.runs, caller, {
        status: query.status ?? null,
        language: query.lang ?? null,
        from: timeOf(query.start_time, 'start_time'),
        to: timeOf(query.end_time, 'end_time'),
        search: query.search ?? null,
        limit,
        skip,
      });
      return { executions, total, limit, skip, has_more: skip + executions.length < total };
    },
    { query: executionListQuery, response: { 200: executionList, ...errors() } },
  );

/** ISO 8601; without a zone it is UTC. */
function timeOf(text: string | undefined, name: string): number | null {
  if (text === undefined) return null;
  const [, date, time, zone = 'Z'] =
    /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(Z|[+-]\d{2}:\d{2})?)?$/i.exec(text) ??
    [];
  const at = date === undefined ? Number.NaN : Date.parse(`${date}T${time ?? '00:00'}${zone}`);
  if (Number.isNaN(at) || !isDay(date)) throw invalid('Must be a time in ISO 8601', ['query', name]);
  return at;
}

/** The 30th of February would be read as a day of March. */
function isDay(date: string | undefined): boolean {
  const start = Date.parse(`${date}T00:00Z`);
  return !Number.isNaN(start) && new Date(start).toISOString().slice(0, 10) === date;
}
