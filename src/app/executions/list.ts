// A user's own runs, newest first. Rows come from the records alone: of each output only the preview is shown.
import { contextOf } from '#machines/execution/describe.ts';
import type { Caller } from '#src/domain/access.ts';
import type { ExecutionStatus } from '#src/domain/execution.ts';
import type { SagaRecord } from '#src/domain/saga-record.ts';
import type { Condition, Filter } from '#src/ports/filter.ts';
import type { ExecutionDeps } from './dependencies.ts';
import {
  type ExecutionResult,
  executionResult,
  lifeView,
  type Termination,
  terminationView,
} from './result-view.ts';
import { machineName } from './stored.ts';

export interface RunQuery {
  status: ExecutionStatus | null;
  language: string | null;
  /** Created between the two, in milliseconds since 1970. */
  from: number | null;
  to: number | null;
  /** Part of the script's first line. */
  search: string | null;
  limit: number;
  skip: number;
}

export interface RunRow extends ExecutionResult {
  created_at: string;
  ended_at: string | null;
  /** Seconds from the script's start to its end. */
  duration: number | null;
  first_line: string;
  termination: Termination | null;
}

export interface RunPage {
  executions: RunRow[];
  total: number;
}

export async function listRuns({ ports }: ExecutionDeps, caller: Caller, query: RunQuery): Promise<RunPage> {
  const where = filterOf(caller, query);
  const [page, total] = await Promise.all([
    ports.records.find(machineName, {
      where,
      sort: { field: 'createdAt', direction: 'descending' },
      limit: query.limit,
      skip: query.skip,
    }),
    ports.records.count(machineName, where),
  ]);
  return { executions: page.rows.map(rowOf), total };
}

function filterOf({ userId }: Caller, { status, language, from, to, search }: RunQuery): Filter {
  const created: Condition = { ...(from !== null && { gte: from }), ...(to !== null && { lte: to }) };
  return {
    userId,
    deletedAt: { exists: false },
    ...(status !== null && { status }),
    ...(language !== null && { language }),
    ...(Object.keys(created).length > 0 && { createdAt: created }),
    ...(search !== null && search !== '' && { firstLine: { text: search } }),
  };
}

function rowOf(record: SagaRecord): RunRow {
  const { result, startedAt, endedAt } = contextOf(record.snapshot);
  const { created_at, ended_at } = lifeView(record);
  const { firstLine } = record.fields;
  return {
    ...executionResult(record, result?.preview ?? null),
    created_at,
    ended_at,
    duration: startedAt === null || endedAt === null ? null : (endedAt - startedAt) / 1_000,
    first_line: typeof firstLine === 'string' ? firstLine : '',
    termination: terminationView(record),
  };
}
