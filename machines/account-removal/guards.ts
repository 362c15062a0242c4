// The questions that the chart asks. Each reads one context and one event, and nothing else.
import { isDeadline } from '../deadline.ts';
import type { AccountRemovalContext } from './context.ts';
import type { AccountRemovalEvent } from './events.ts';

interface Asked {
  context: AccountRemovalContext;
  event: AccountRemovalEvent;
}

/** Looked at so often at the least: what was under way during the first look has ended by the second. */
const looksMin = 2;

const isCurrent = ({ context, event }: Asked): boolean =>
  'number' in event && event.number === context.number;
const areRunsLeft = ({ event }: Asked): boolean => event.type === 'RUNS_COUNTED' && event.left > 0;

export const guards = {
  isCurrent,
  isDeadline,
  hasRuns: (asked: Asked): boolean => isCurrent(asked) && areRunsLeft(asked),
  hasNoRuns: (asked: Asked): boolean => isCurrent(asked) && !areRunsLeft(asked),
  isOpen: ({ context }: Asked): boolean => !context.closed,
  isClean: (asked: Asked): boolean =>
    isCurrent(asked) &&
    asked.event.type === 'DATA_REMOVED' &&
    asked.event.left === 0 &&
    asked.context.asked >= looksMin,
};
