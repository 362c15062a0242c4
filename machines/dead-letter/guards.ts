// The questions that the chart asks. Each reads one context and one event, and nothing else.
import { isDeadline } from '../deadline.ts';
import type { DeadLetterContext } from './context.ts';
import { nextRetryAt, waits } from './deadlines.ts';
import type { DeadLetterEvent } from './events.ts';

interface Asked {
  context: DeadLetterContext;
  event: DeadLetterEvent;
}

const isCurrent = ({ context, event }: Asked): boolean =>
  'redrive' in event && event.redrive === context.redrives;

export const guards = {
  isCurrent,
  isDeadline,
  /** A second click, or one on a page that shows an older count, asks for a redrive that there was already. */
  isNext: ({ context, event }: Asked): boolean =>
    event.type === 'RETRY_REQUESTED' && event.redrive === context.redrives + 1,
  /** Any redrive that was asked for: once the message is taken, nothing is left to be done. */
  wasAskedFor: ({ context, event }: Asked): boolean =>
    event.type === 'MESSAGE_HANDLED' && event.redrive <= context.redrives,
  schedules: (asked: Asked): boolean =>
    asked.event.type === 'POLICY_CHOSEN' &&
    isCurrent(asked) &&
    nextRetryAt(asked.event.policy, asked.context.redrives, asked.event.at) !== null,
  isKeptLongEnough: (asked: Asked): boolean =>
    isDeadline(asked) && asked.event.at >= asked.context.failedLastAt + waits.keptMs,
};
