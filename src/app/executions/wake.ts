// Waiting for a hint, with a look of one's own in between: hints may be lost.
import type { Clock } from '#src/ports/clock.ts';

export interface Wake {
  /** Ends the wait; while nobody waits, it ends the next one. */
  ring(): void;
  /** Resolves when rung, after the time, or when the signal is aborted. */
  wait(longestMs: number): Promise<void>;
}

/** For one waiter. */
export function createWake(clock: Clock, signal: AbortSignal): Wake {
  let rung = false;
  let settle: () => void = () => undefined;
  signal.addEventListener('abort', () => settle(), { once: true });
  return {
    ring() {
      rung = true;
      settle();
    },
    async wait(longestMs) {
      if (!rung && !signal.aborted) {
        const { promise, resolve } = Promise.withResolvers<void>();
        settle = resolve;
        const cancel = clock.after(longestMs, resolve);
        await promise;
        cancel();
      }
      rung = false;
    },
  };
}
