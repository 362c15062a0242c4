// The references of the interface: bare Elysia with the same options and the same schemas in and out. Nobody is asked who he is,
// nothing is limited, logged or guarded by headers. Under `/ready` answers lie ready; under `/same` the same use case makes them.
import { Elysia, t } from 'elysia';
import {
  executionList,
  executionListQuery,
  executionParams,
  executionRequest,
  executionResponse,
  executionView,
} from '#src/api/contract/executions.ts';
import { execute } from '#src/app/executions/execute.ts';
import { listRuns } from '#src/app/executions/list.ts';
import type { RunRequest } from '#src/app/executions/request.ts';
import { readExecution } from '#src/app/executions/view.ts';
import type { Caller } from '#src/domain/access.ts';
import { type ApiServer, example } from './api-server.ts';
import type { BareCommits } from './bare-commits.ts';

export interface BareRoutes {
  url: string;
  stop(): void;
}

/** What the interface writes for one accepted run: the record with its outbox, and what it reads. */
const bytesOfRun = 4_000;
const live = t.Object({ status: t.String(), uptime_seconds: t.Number(), timestamp: t.String() });
const one = { params: executionParams, response: { 200: executionView } };
const list = { query: executionListQuery, response: { 200: executionList } };
const run = { body: executionRequest, response: { 200: executionResponse } };

export async function bareRoutes(
  server: Pick<ApiServer, 'api' | 'people' | 'runs'>,
  commits: BareCommits,
): Promise<BareRoutes> {
  const { runs } = server.api.services;
  const callers = server.people.map(
    ({ userId }): Caller => ({ userId, role: 'user', sessionId: 'bench', scopes: ['read', 'run'] }),
  );
  const [caller] = callers;
  if (caller === undefined) throw new Error('somebody must be there');
  const listed = async () => {
    const { executions, total } = await listRuns(runs, caller, {
      status: null,
      language: null,
      from: null,
      to: null,
      search: null,
      limit: 50,
      skip: 0,
    });
    return { executions, total, limit: 50, skip: 0, has_more: executions.length < total };
  };
  const [first] = server.runs;
  const view = first === undefined ? null : await readExecution(runs, caller, first);
  const page = await listed();
  let asked = 0;
  const app = new Elysia({ systemRouter: false, handler: { standardHostname: false } })
    .get(
      '/ready/health/live',
      () => ({ status: 'ok', uptime_seconds: 1, timestamp: new Date().toISOString() }),
      {
        response: { 200: live },
      },
    )
    .get('/ready/executions/:execution_id', () => view as NonNullable<typeof view>, one)
    .get('/ready/user/executions', () => page, list)
    .post(
      '/ready/execute',
      async () => {
        await commits.chain(1, bytesOfRun);
        return { execution_id: Bun.randomUUIDv7(), status: 'queued' as const };
      },
      run,
    )
    .get(
      '/same/executions/:execution_id',
      ({ params }) => readExecution(runs, caller, params.execution_id),
      one,
    )
    .get('/same/user/executions', listed, list)
    .post(
      '/same/execute',
      async () => {
        asked += 1;
        const { executionId } = await execute(runs, callers[asked % callers.length] ?? caller, asking, null);
        return { execution_id: executionId, status: 'queued' as const };
      },
      run,
    )
    .listen({ hostname: '127.0.0.1', port: 0 });
  if (app.server === null) throw new Error('the bare server did not start');
  const listening = app.server;
  return { url: listening.url.origin, stop: () => void listening.stop(true) };
}

const asking: RunRequest = {
  script: example.script,
  language: example.lang,
  version: '3.11',
  stdin: null,
  stdinOpen: false,
  args: [],
  files: [],
  env: {},
  limits: {},
  priority: 'normal',
};
