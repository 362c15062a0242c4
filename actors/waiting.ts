// Waiting by the clock port, so that a simulation decides how time passes. No wait outlives its signal.
import type { Clock } from '#src/ports/clock.ts';

/** Resolves after the delay, or at once when the signal is or becomes aborted. */
export function pause(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return createBell().wait(clock, delayMs, signal);
}

/** Resolves when the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** Waits for the work, but no longer than the bound; the work itself goes on. */
export async function within(clock: Clock, boundMs: number, work: Promise<unknown>): Promise<void> {
  const done = new AbortController();
  const bound = pause(clock, boundMs, done.signal);
  await Promise.race([work, bound]).finally(() => done.abort());
}

/** Waits for all, also when one fails: nothing goes on behind a failure. */
export async function allOf(tasks: readonly Promise<void>[]): Promise<void> {
  const outcomes = await Promise.allSettled(tasks);
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

export interface Bell {
  /** Ends the wait; rung while nobody waits, it ends the next one. */
  ring(): void;
  wait(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void>;
}

/** For one waiter that looks at intervals and may be woken earlier. */
export function createBell(): Bell {
  let rung = false;
  let wake: (() => void) | null = null;
  return {
    ring() {
      rung = true;
      wake?.();
    },
    async wait(clock, delayMs, signal) {
      if (!rung && signal?.aborted !== true) {
        await new Promise<void>((resolve) => {
          const cancel = clock.after(delayMs, end);
          const waits = signal === undefined ? null : waitsUnder(signal);
          waits?.add(end);
          wake = end;
          function end(): void {
            cancel();
            waits?.delete(end);
            wake = null;
            resolve();
          }
        });
      }
      rung = false;
    },
  };
}

/** By its signal, what ends each wait: waits come and go all the time, and a signal is listened to once for all of them. */
const waitsOf = new WeakMap<AbortSignal, Set<() => void>>();

function waitsUnder(signal: AbortSignal): Set<() => void> {
  const known = waitsOf.get(signal);
  if (known !== undefined) return known;
  const waits = new Set<() => void>();
  waitsOf.set(signal, waits);
  const endAll = (): void => {
    for (const end of [...waits]) end();
  };
  signal.addEventListener('abort', endAll, { once: true });
  return waits;
}
