// What an event changes in an execution's memory. Pure: each function answers only the fields that change.
import type { Acceptance, ExecutionContext } from './context.ts';
import type { ExecutionEvent } from './events.ts';
import { noted, pastAttempt } from './evidence.ts';
import { verdict } from './verdict.ts';

type Change = (context: ExecutionContext, event: ExecutionEvent) => Partial<ExecutionContext>;

export const accepted = (input: Acceptance): ExecutionContext => ({
  executionId: input.executionId,
  userId: input.userId,
  runtime: input.runtime,
  limits: input.limits,
  priority: input.priority,
  stdinOpen: input.stdinOpen,
  createdAt: input.at,
  attempt: 1,
  retried: false,
  evidence: {},
  held: [],
  slots: {},
  podName: null,
  queuedAt: input.at,
  admittedAt: null,
  startedAt: null,
  endedAt: null,
  last: null,
  asked: 0,
  verdict: null,
  result: null,
  attempts: [],
});

export const note: Change = (context, event) => ({ evidence: noted(context.evidence, event) });

/** The exit report also tells when the script must have started, where no message did. */
export const noteExit: Change = (context, event) => {
  if (event.type !== 'POD_EXITED' && event.type !== 'RESULT_SEALED') return {};
  const startedAt =
    event.exit === null ? null : Math.max(context.queuedAt, event.at - event.exit.usage.wallMs);
  return {
    evidence: noted(context.evidence, event),
    startedAt: context.startedAt ?? startedAt,
    last: event.type === 'POD_EXITED' ? event.last : context.last,
  };
};

export const noteResult: Change = (_, event) =>
  event.type === 'RESULT_SEALED' ? { result: event.summary } : {};

export const notePod: Change = (_, event) =>
  event.type === 'POD_CREATED' || event.type === 'POD_RUNNING' ? { podName: event.podName } : {};

export const noteStart: Change = (_, event) => ({ startedAt: event.at });

export const notePriority: Change = (_, event) =>
  event.type === 'PRIORITY_CHANGED' ? { priority: event.priority } : {};

export const asking: Change = (context) => ({ asked: context.asked + 1 });

export const fresh: Change = () => ({ asked: 0 });

export const hold: Change = (context, event) => {
  if (event.type !== 'ADMITTED') return {};
  return {
    held: [...context.held, context.attempt],
    slots: { ...context.slots, [context.attempt]: event.slot },
    admittedAt: event.at,
  };
};

export const letGo: Change = (context, event) => {
  if (event.type !== 'POD_DELETED') return {};
  return {
    held: context.held.filter((attempt) => attempt !== event.attempt),
    slots: Object.fromEntries(
      Object.entries(context.slots).filter(([attempt]) => attempt !== String(event.attempt)),
    ),
  };
};

/** A run may be cut off by our own drain any number of times; older attempts are in its history. */
const attemptsKept = 100;

export const nextAttempt: Change = (context, event) => ({
  attempt: context.attempt + 1,
  retried: context.retried || !(event.type === 'POD_LOST' && event.byOurDrain),
  attempts: [...context.attempts, pastAttempt(context, event.at)].slice(-attemptsKept),
  evidence: {},
  podName: null,
  queuedAt: event.at,
  admittedAt: null,
  startedAt: null,
  last: null,
  asked: 0,
});

export const judge: Change = (context, event) => ({
  verdict: verdict(context.evidence, context.limits),
  endedAt: event.at,
});
