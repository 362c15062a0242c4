// The shapes of everybody's runs, for admins.
import { t } from 'elysia';
import { errorTypes, executionStatuses, priorities } from '#src/domain/execution.ts';
import { integer, nullable, oneOf } from '#src/domain/schema.ts';
import { moment, queryInteger } from './values.ts';

const text = t.String();
const count = integer({ minimum: 0 });
const status = oneOf(executionStatuses);
const priority = oneOf(priorities);

const row = {
  execution_id: text,
  script: text,
  status,
  lang: text,
  lang_version: text,
  stdout: nullable(text),
  stderr: nullable(text),
  exit_code: nullable(integer()),
  error_type: nullable(oneOf(errorTypes)),
  priority,
  user_id: nullable(text),
  created_at: moment,
  updated_at: moment,
};
export const adminExecution = t.Object(row);

export const adminExecutionQuery = t.Object({
  status: t.Optional(status),
  priority: t.Optional(priority),
  user_id: t.Optional(text),
  limit: t.Optional(queryInteger({ minimum: 1, maximum: 200 })),
  skip: t.Optional(queryInteger({ minimum: 0 })),
});

export const adminExecutionList = t.Object({
  executions: t.Array(t.Object(row)),
  total: count,
  limit: count,
  skip: count,
  has_more: t.Boolean(),
});

export const priorityRequest = t.Object({ priority });

export const queueStatus = t.Object({
  queue_depth: count,
  active_count: count,
  max_concurrent: count,
  by_priority: t.Record(text, count),
});
