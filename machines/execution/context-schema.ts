// The shape of an execution's memory as it is read back from a record. What does not fit is quarantined, never guessed at.
import { Type } from '@sinclair/typebox';
import { exitReportSchema, resultSummarySchema } from '#src/domain/event-payloads.ts';
import { errorTypes, priorities, reasons, verdictStatuses } from '#src/domain/execution.ts';
import type { Snapshot } from '#src/domain/saga-record.ts';
import { integer, nullable, oneOf } from '#src/domain/schema.ts';

export const executionVersion = 1;

const text = Type.String();
const moment = Type.Number();
const count = integer({ minimum: 0 });
const positive = integer({ minimum: 1 });
const words = Type.Object({ words: text });
const at = Type.Object({ at: moment });

const runtimeSchema = Type.Object({ language: text, version: text });

const limitsSchema = Type.Object({
  timeoutMs: positive,
  memoryBytes: positive,
  cpuMillis: positive,
  processesMax: positive,
  diskBytes: count,
  outputBytes: count,
});

const evidenceSchema = Type.Object({
  exit: Type.Optional(exitReportSchema),
  cancel: Type.Optional(Type.Object({ by: text, reason: text, at: moment })),
  overdue: Type.Optional(at),
  queueExpired: Type.Optional(at),
  unstartable: Type.Optional(words),
  lost: Type.Optional(words),
  storage: Type.Optional(words),
  quarantined: Type.Optional(words),
});

const verdictSchema = Type.Object({
  status: oneOf(verdictStatuses),
  reason: oneOf(reasons),
  message: text,
  errorType: nullable(oneOf(errorTypes)),
  exitCode: nullable(integer()),
});

const pastAttemptSchema = Type.Object({
  number: positive,
  podName: nullable(text),
  startedAt: nullable(moment),
  endedAt: moment,
  evidence: evidenceSchema,
});

/** By field, so that an abandoned record can be salvaged field by field. */
export const contextFields = {
  executionId: text,
  userId: text,
  runtime: runtimeSchema,
  limits: limitsSchema,
  priority: oneOf(priorities),
  stdinOpen: Type.Boolean(),
  createdAt: moment,
  attempt: positive,
  retried: Type.Boolean(),
  evidence: evidenceSchema,
  held: Type.Array(positive),
  slots: Type.Record(Type.String(), positive),
  podName: nullable(text),
  queuedAt: moment,
  admittedAt: nullable(moment),
  startedAt: nullable(moment),
  endedAt: nullable(moment),
  last: nullable(count),
  asked: count,
  verdict: nullable(verdictSchema),
  result: nullable(resultSummarySchema),
  attempts: Type.Array(pastAttemptSchema),
} as const;

export const contextSchema = Type.Object(contextFields);

/** By version: turns a snapshot of that version into one of the next. */
export const upcasters: Readonly<Record<number, (snapshot: Snapshot) => Snapshot>> = {};
