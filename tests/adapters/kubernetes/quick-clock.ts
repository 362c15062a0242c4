// A clock on which everything comes so many times sooner, for waits that only have to end.
import type { Clock } from '#src/ports/clock.ts';

export function quickClock(times: number): Clock {
  return {
    now: () => Date.now(),
    monotonic: () => performance.now() * times,
    after(delayMs, call) {
      const timer = setTimeout(call, delayMs / times);
      return () => clearTimeout(timer);
    },
  };
}

/** A clock that stands until it is moved. */
export function handClock(): Clock & { move(byMs: number): void } {
  let time = 0;
  return {
    now: () => time,
    monotonic: () => time,
    after: () => () => undefined,
    move(byMs) {
      time += byMs;
    },
  };
}
