// The questions that the chart asks. Each reads one context and one event, and nothing else.

import { isDeadline } from '../deadline.ts';
import type { ExecutionContext } from './context.ts';
import type { ExecutionEvent } from './events.ts';
import { isStop } from './evidence.ts';

interface Asked {
  context: ExecutionContext;
  event: ExecutionEvent;
}

/** Of the present attempt. Whatever belongs to another changes nothing. */
const own = ({ context, event }: Asked): boolean => 'attempt' in event && event.attempt === context.attempt;

/** The one event of an earlier attempt that still counts: its pod is gone, so its slot comes back. */
const isHeld = ({ context, event }: Asked): boolean =>
  'attempt' in event && context.held.includes(event.attempt);

const ownAndHeld = (asked: Asked): boolean => own(asked) && isHeld(asked);

/** A run that was cancelled or may have had interactive input is never repeated. */
const repeatable = ({ context }: Asked): boolean =>
  !context.stdinOpen && context.evidence.cancel === undefined;

const mayRetry = (asked: Asked): boolean => own(asked) && repeatable(asked) && !asked.context.retried;

export const guards = {
  own,
  isHeld,
  ownAndHeld,
  /** A loss by our own drain does not use up the one retry. */
  lossMayRetry: (asked: Asked): boolean =>
    mayRetry(asked) ||
    (asked.event.type === 'POD_LOST' && asked.event.byOurDrain && own(asked) && repeatable(asked)),
  /** An exit that tells of a stop which we did not ask for: the node was drained, or somebody deleted the pod. */
  strangersStop: (asked: Asked): boolean =>
    asked.event.type === 'POD_EXITED' && isStop(asked.event.exit) && mayRetry(asked),
  startMayRetry: (asked: Asked): boolean =>
    asked.event.type === 'POD_UNSTARTABLE' && asked.event.retryable && mayRetry(asked),
  isNews: (asked: Asked): boolean => own(asked) && asked.context.podName === null,
  createFailed: (asked: Asked): boolean =>
    own(asked) && asked.event.type === 'EFFECT_FAILED' && asked.event.effect === 'create_pod_command',
  storeFailed: (asked: Asked): boolean =>
    own(asked) && asked.event.type === 'EFFECT_FAILED' && asked.event.effect === 'store_result_command',
  otherPriority: ({ context, event }: Asked): boolean =>
    event.type === 'PRIORITY_CHANGED' && event.priority !== context.priority,
  isDeadline,
  nothingHeldAndCompleted: ({ context }: Asked): boolean => over(context, 'completed'),
  nothingHeldAndFailed: ({ context }: Asked): boolean => over(context, 'failed'),
  nothingHeldAndTimedOut: ({ context }: Asked): boolean => over(context, 'timed_out'),
  nothingHeldAndCancelled: ({ context }: Asked): boolean => over(context, 'cancelled'),
  nothingHeldAndErrored: ({ context }: Asked): boolean => over(context, 'errored'),
};

const over = (context: ExecutionContext, status: string): boolean =>
  context.held.length === 0 && context.verdict?.status === status;
