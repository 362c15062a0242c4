// The shapes of runs in the interface. What a value may be beyond its shape (lengths, versions, limits) the use case
// decides, so that there is one place that says no.
import { t } from 'elysia';
import { eventTypes } from '#src/domain/events.ts';
import { errorTypes, executionStatuses, priorities, reasons, sagaStates } from '#src/domain/execution.ts';
import { integer, nullable, oneOf } from '#src/domain/schema.ts';
import { text as counted, moment, nullableMoment, queryInteger, queryTexts, strict } from './values.ts';

const text = t.String();
const count = integer({ minimum: 0 });
const status = oneOf(executionStatuses);
const priority = oneOf(priorities);

export const executionParams = t.Object({ execution_id: text });
export const artifactParams = t.Object({ execution_id: text, name: text });

const file = t.Object(
  { path: text, content: text, encoding: t.Optional(oneOf(['utf-8', 'base64'])) },
  strict,
);
const limits = t.Object(
  { timeout_seconds: t.Optional(t.Number()), memory: t.Optional(text), cpu: t.Optional(text) },
  strict,
);

export const executionRequest = t.Object({
  script: counted({ maxLength: 50_000 }),
  lang: t.Optional(text),
  lang_version: t.Optional(text),
  stdin: t.Optional(nullable(text)),
  stdin_open: t.Optional(t.Boolean()),
  args: t.Optional(t.Array(text)),
  files: t.Optional(t.Array(file)),
  env: t.Optional(t.Record(text, text)),
  limits: t.Optional(limits),
  priority: t.Optional(priority),
});

export const idempotencyHeaders = t.Object({ 'idempotency-key': t.Optional(text) });
export const executionResponse = t.Object({ execution_id: text, status });

export const resourceUsage = t.Object({
  execution_time_wall_seconds: t.Number(),
  cpu_time_jiffies: count,
  clk_tck_hertz: count,
  peak_memory_kb: count,
});

const result = {
  execution_id: text,
  status: nullable(status),
  stdout: nullable(text),
  stderr: nullable(text),
  lang: text,
  lang_version: text,
  resource_usage: nullable(resourceUsage),
  exit_code: nullable(integer()),
  error_type: nullable(oneOf(errorTypes)),
  priority,
};
export const executionResult = t.Object(result);

const evidence = t.Object({
  limits: t.Object({ timeout_seconds: t.Number(), memory: text, cpu: text, output_bytes: count }),
  exit: t.Optional(
    t.Object({
      cause: text,
      exit_code: nullable(integer()),
      signal: nullable(integer()),
      detail: nullable(text),
      wall_seconds: t.Number(),
      cpu_seconds: t.Number(),
      peak_memory_bytes: t.Number(),
      stdout_bytes: count,
      stderr_bytes: count,
      truncated: t.Boolean(),
    }),
  ),
  cancel: t.Optional(t.Object({ by: text, reason: text, at: moment })),
  overdue_at: t.Optional(moment),
  queue_expired_at: t.Optional(moment),
  unstartable: t.Optional(text),
  lost: t.Optional(text),
  storage: t.Optional(text),
  quarantined: t.Optional(text),
});
const termination = t.Object({ reason: oneOf(reasons), message: text, evidence });
const artifact = t.Object({ name: text, content_type: text, size: count });
const queue = t.Object({ position: count, ahead: count, limit: count, paused: t.Boolean() });
const deadline = t.Object({ name: text, at: moment });

export const executionView = t.Object({
  ...result,
  script: text,
  args: t.Array(text),
  created_at: moment,
  started_at: nullableMoment,
  ended_at: nullableMoment,
  saga_state: oneOf(sagaStates),
  queue: nullable(queue),
  deadline: nullable(deadline),
  attempts: t.Array(
    t.Object({
      number: integer({ minimum: 1 }),
      pod_name: nullable(text),
      started_at: nullableMoment,
      ended_at: nullableMoment,
      reason: nullable(oneOf(reasons)),
    }),
  ),
  termination: nullable(termination),
  output: t.Object({
    stdout_bytes: count,
    stderr_bytes: count,
    truncated: t.Boolean(),
    sha256: nullable(text),
  }),
  artifacts: t.Array(artifact),
});

export const executionListQuery = t.Object({
  status: t.Optional(status),
  lang: t.Optional(text),
  start_time: t.Optional(text),
  end_time: t.Optional(text),
  search: t.Optional(t.String({ maxLength: 200 })),
  limit: t.Optional(queryInteger({ minimum: 1, maximum: 200 })),
  skip: t.Optional(queryInteger({ minimum: 0 })),
});

export const executionList = t.Object({
  executions: t.Array(
    t.Object({
      ...result,
      created_at: moment,
      ended_at: nullableMoment,
      duration: nullable(t.Number({ description: 'Seconds from start to end.' })),
      first_line: text,
      termination: nullable(termination),
    }),
  ),
  total: count,
  limit: count,
  skip: count,
  has_more: t.Boolean(),
});

export const cancelRequest = t.Object({ reason: t.Optional(counted({ maxLength: 1_000 })) });
export const deleteResponse = t.Object({ message: text, execution_id: text });

export const cancelResponse = t.Object({
  execution_id: text,
  status: oneOf(['already_cancelled', 'cancellation_requested']),
  message: text,
  event_id: nullable(text),
});

export const inputRequest = t.Object(
  { data: text, encoding: t.Optional(oneOf(['utf-8', 'base64'])), eof: t.Optional(t.Boolean()) },
  strict,
);
export const inputResponse = t.Object({ execution_id: text, accepted_bytes: count, closed: t.Boolean() });

export const outputQuery = t.Object({
  stream: t.Optional(oneOf(['stdout', 'stderr'])),
  offset: t.Optional(queryInteger({ minimum: 0 })),
});

export const eventsQuery = t.Object({
  event_types: t.Optional(queryTexts(eventTypes)),
  limit: t.Optional(queryInteger({ minimum: 1, maximum: 1_000 })),
});

export const eventResponse = t.Object(
  {
    event_id: text,
    event_type: oneOf(eventTypes),
    event_version: text,
    timestamp: moment,
    aggregate_id: nullable(text),
    metadata: t.Object({
      service_name: text,
      service_version: text,
      user_id: text,
      environment: text,
    }),
  },
  { additionalProperties: true },
);

export const resourceLimitsResponse = t.Object({
  cpu_limit: text,
  memory_limit: text,
  cpu_request: text,
  memory_request: text,
  execution_timeout: count,
  supported_runtimes: t.Record(text, t.Object({ versions: t.Array(text), file_ext: text })),
});

export const exampleScripts = t.Object({ scripts: t.Record(text, text) });
