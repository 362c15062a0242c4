// When each state asks again. A deadline is a question, never an answer: what it finds out decides, not that it came.
import type { ExecutionContext } from './context.ts';

export const waits = {
  /** Only asks again: the scheduler alone knows how long admission was open. */
  queuedMs: 60_000,
  startingMs: 15_000,
  /** The supervisor may stop its wall clock for so long, and needs a margin to tell. */
  pauseMs: 60_000,
  marginMs: 10_000,
  inspectingMs: 15_000,
  stoppingMs: 5_000,
  collectingMs: 5_000,
  endingMs: 5_000,
} as const;

/** From when on a script that still runs is beyond its limit, the pause and the margin. */
export const overdueAfterMs = ({ limits }: ExecutionContext): number =>
  limits.timeoutMs + waits.pauseMs + waits.marginMs;
