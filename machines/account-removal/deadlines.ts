// When each state asks again. No answer is waited for longer than this.
import { type ArmTimer, deadlineAt } from '../deadline.ts';
import type { AccountRemovalContext } from './context.ts';

export const waits = {
  /** While runs are ending, ever more rarely. */
  closingMs: 2_000,
  closingLongestMs: 60_000,
  /** A request that was under way when the account was closed is over by then: none lasts longer than two minutes. */
  removingMs: 180_000,
} as const;

/** `asked`: how often the state has asked, from 1. */
export const closingWaitMs = (asked: number): number =>
  Math.min(waits.closingLongestMs, waits.closingMs * 2 ** Math.min(Math.max(asked - 1, 0), 10));

export const closingDeadline = ({ asked }: AccountRemovalContext, at: number): ArmTimer =>
  deadlineAt(at + closingWaitMs(asked));

export const removingDeadline = (at: number): ArmTimer => deadlineAt(at + waits.removingMs);
