// What an execution hears. The kernel adds `at`; whoever maps a message to one of these decides nothing.
import { type Static, Type } from '@sinclair/typebox';
import { exitReportSchema, resultSummarySchema } from '#src/domain/event-payloads.ts';
import { priorities } from '#src/domain/execution.ts';
import { integer, oneOf } from '#src/domain/schema.ts';

const attempt = integer({ minimum: 1 });
const words = Type.String();
const at = Type.Number();
const event = <const Name extends string, Rest extends Parameters<typeof Type.Object>[0]>(
  name: Name,
  rest: Rest,
) => Type.Object({ type: Type.Literal(name), at, ...rest });

/** One schema per event; the machine's whole input alphabet. */
export const executionEvents = {
  ADMITTED: event('ADMITTED', { attempt, slot: integer({ minimum: 1 }) }),
  QUEUE_EXPIRED: event('QUEUE_EXPIRED', { attempt }),
  PRIORITY_CHANGED: event('PRIORITY_CHANGED', { priority: oneOf(priorities), by: Type.String() }),
  CANCEL_REQUESTED: event('CANCEL_REQUESTED', { by: Type.String(), reason: Type.String() }),
  POD_CREATED: event('POD_CREATED', { attempt, podName: Type.String() }),
  POD_RUNNING: event('POD_RUNNING', { attempt, podName: Type.String() }),
  /** The exit frame is stored, with every frame before it; `last` is its number. */
  POD_EXITED: event('POD_EXITED', { attempt, exit: exitReportSchema, last: integer({ minimum: 0 }) }),
  POD_LOST: event('POD_LOST', { attempt, words, byOurDrain: Type.Boolean() }),
  /** `retryable`: unschedulable or refused, worth one next attempt; otherwise a pull or configuration error. */
  POD_UNSTARTABLE: event('POD_UNSTARTABLE', { attempt, words, retryable: Type.Boolean() }),
  POD_OVERDUE: event('POD_OVERDUE', { attempt }),
  POD_DELETED: event('POD_DELETED', { attempt }),
  RESULT_SEALED: event('RESULT_SEALED', {
    attempt,
    exit: Type.Union([exitReportSchema, Type.Null()]),
    summary: resultSummarySchema,
  }),
  RESULT_FAILED: event('RESULT_FAILED', { attempt, words }),
  EFFECT_FAILED: event('EFFECT_FAILED', { attempt, effect: Type.String(), words }),
  TIMER_FIRED: event('TIMER_FIRED', { name: Type.String() }),
} as const;

export type ExecutionEvents = {
  [Name in keyof typeof executionEvents]: Static<(typeof executionEvents)[Name]>;
};
export type ExecutionEvent = ExecutionEvents[keyof ExecutionEvents];
