// Everybody's runs, as an admin lists them and orders them anew while they wait.
import { contextOf, describeExecution } from '#machines/execution/describe.ts';
import type { Caller } from '#src/domain/access.ts';
import { DomainError, executionNotFound } from '#src/domain/errors.ts';
import type { ExecutionErrorType, ExecutionStatus, Priority } from '#src/domain/execution.ts';
import type { SagaRecord } from '#src/domain/saga-record.ts';
import type { Filter } from '#src/ports/filter.ts';
import type { ExecutionDeps } from './dependencies.ts';
import { type OutputText, outputText } from './reading.ts';
import { executionResult } from './result-view.ts';
import { inputsOf, machineName, presentRun } from './stored.ts';

export interface AdminQuery {
  status: ExecutionStatus | null;
  priority: Priority | null;
  userId: string | null;
  limit: number;
  skip: number;
}

export interface AdminRow {
  executionId: string;
  script: string;
  status: ExecutionStatus;
  language: string;
  version: string;
  stdout: string | null;
  stderr: string | null;
  exitCode: number | null;
  errorType: ExecutionErrorType | null;
  priority: Priority;
  userId: string;
  createdAt: number;
  updatedAt: number;
}

/** Newest first; of each output only the preview. */
export async function listAllRuns(
  deps: ExecutionDeps,
  { status, priority, userId, limit, skip }: AdminQuery,
): Promise<{ rows: AdminRow[]; total: number }> {
  const { records } = deps.ports;
  const where: Filter = {
    deletedAt: { exists: false },
    ...(status !== null && { status }),
    ...(priority !== null && { priority }),
    ...(userId !== null && { userId }),
  };
  const sort = { field: 'createdAt', direction: 'descending' } as const;
  const [page, total] = await Promise.all([
    records.find(machineName, { where, sort, limit, skip }),
    records.count(machineName, where),
  ]);
  const rows = page.rows.map((record) =>
    rowOf(deps, record, contextOf(record.snapshot).result?.preview ?? null),
  );
  return { rows: await Promise.all(rows), total };
}

/** Only while it waits. @throws not_found, invalid_state */
export async function changePriority(
  deps: ExecutionDeps,
  caller: Caller,
  id: string,
  priority: Priority,
): Promise<AdminRow> {
  const { records, sagas, ids, outputLog } = deps.ports;
  await presentRun(records, id);
  const event = { type: 'PRIORITY_CHANGED', priority, by: caller.userId };
  const outcome = await sagas.send(machineName, id, `priority ${ids.next()}`, event);
  if (outcome.kind === 'absent') throw executionNotFound();
  const { record } = outcome;
  const context = contextOf(record.snapshot);
  if (context.priority !== priority)
    throw new DomainError(
      'invalid_state',
      `Cannot change the priority of an execution in ${describeExecution(record).status} state`,
    );
  return rowOf(deps, record, await outputText(outputLog, id, context.attempt));
}

async function rowOf(
  { ports }: ExecutionDeps,
  record: SagaRecord,
  output: OutputText | null,
): Promise<AdminRow> {
  const result = executionResult(record, output);
  return {
    executionId: record.id,
    script: (await inputsOf(ports.documents).get(record.id))?.body.script ?? '',
    status: result.status,
    language: result.lang,
    version: result.lang_version,
    stdout: result.stdout,
    stderr: result.stderr,
    exitCode: result.exit_code,
    errorType: result.error_type,
    priority: result.priority,
    userId: contextOf(record.snapshot).userId,
    createdAt: record.createdAt,
    updatedAt: record.at,
  };
}
