// When admission is open, and for whom it has been open too long. Pure: the scheduler asks, keeps and acts.
import type { AdmissionState } from '#src/domain/fleet.ts';
import { type Closure, openMs, type QueueEntry } from '#src/domain/queue.ts';

/** Without a look for so long, nobody was admitted: the queue's time stood still. */
export const silenceMs = 10_000;
const closuresMax = 50;

export const openAdmission = (now: number): AdmissionState => ({ paused: null, closures: [], lookedAt: now });

/** The state after a look at `now` that found `waiting` in the queue. */
export function afterLook(state: AdmissionState, waiting: Iterable<QueueEntry>, now: number): AdmissionState {
  const closures = withPause(state, withSilence(state, oldestOf(waiting), now), now);
  return { ...state, closures: bounded(closures), lookedAt: Math.max(now, state.lookedAt) };
}

/** Those whose wait, counting only open time, has reached the limit. */
export const expired = (
  waiting: Iterable<QueueEntry>,
  closures: readonly Closure[],
  timeoutMs: number,
  now: number,
): QueueEntry[] => [...waiting].filter((entry) => openMs(entry.queuedAt, now, closures) >= timeoutMs);

function withSilence(state: AdmissionState, oldest: number, now: number): readonly Closure[] {
  const from = Math.max(state.lookedAt, oldest);
  if (now - from <= silenceMs || isOpenEnded(state.closures.at(-1))) return state.closures;
  return [...state.closures, { from, to: now }];
}

function withPause(
  { paused }: AdmissionState,
  closures: readonly Closure[],
  now: number,
): readonly Closure[] {
  const last = closures.at(-1);
  if (paused !== null) return isOpenEnded(last) ? closures : [...closures, { from: paused.at, to: null }];
  if (last === undefined || !isOpenEnded(last)) return closures;
  return [...closures.slice(0, -1), { from: last.from, to: now }];
}

/** The two oldest become one: rather wait too long than give up too early. */
function bounded(closures: readonly Closure[]): Closure[] {
  const [first, second, ...rest] = closures;
  if (closures.length <= closuresMax || first === undefined || second === undefined) return [...closures];
  return [{ from: first.from, to: second.to }, ...rest];
}

const isOpenEnded = (closure: Closure | undefined): boolean => closure?.to === null;

function oldestOf(waiting: Iterable<QueueEntry>): number {
  let oldest = Number.POSITIVE_INFINITY;
  for (const entry of waiting) oldest = Math.min(oldest, entry.queuedAt);
  return oldest;
}
