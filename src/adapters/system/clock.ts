// Time and ids from the system: the one place where the core's clock and chance come from in production.
import type { Cancel, Clock, Ids } from '#src/ports/clock.ts';
import { type SteadyTime, steadyTime } from './steady-time.ts';

/** The longest delay that the runtime's timers can count; a longer one would fire at once. */
const delayMsMax = 2_147_483_647;

export interface SystemClock extends Clock, SteadyTime {}

export const systemClock = (): SystemClock => ({
  ...steadyTime(Date.now, () => performance.now()),
  monotonic: () => performance.now(),
  after,
});

/** UUIDs of version 7: those drawn later sort later. */
export const randomIds = (): Ids => ({ next: () => Bun.randomUUIDv7() });

function after(delayMs: number, call: () => void): Cancel {
  let leftMs = delayMs;
  let timer = wait();
  function wait(): NodeJS.Timeout {
    const stepMs = Math.min(leftMs, delayMsMax);
    leftMs -= stepMs;
    return setTimeout(leftMs > 0 ? waitAgain : call, stepMs);
  }
  function waitAgain(): void {
    timer = wait();
  }
  return () => clearTimeout(timer);
}
