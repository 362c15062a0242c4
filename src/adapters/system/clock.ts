// Time and ids from the system: the one place where the core's clock and chance come from in production.
import type { Cancel, Clock, Ids } from '#src/ports/clock.ts';

/** The longest delay that the runtime's timers can count; a longer one would fire at once. */
const delayMsMax = 2_147_483_647;

export const systemClock = (): Clock => ({
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after,
});

/** UUIDs of version 7: those drawn later sort later. */
export const randomIds = (): Ids => ({ next: () => Bun.randomUUIDv7() });

function after(delayMs: number, call: () => void): Cancel {
  const end = performance.now() + delayMs;
  let timer = setTimeout(fire, Math.min(delayMs, delayMsMax));
  function fire(): void {
    const leftMs = end - performance.now();
    // Timers may fire a fraction of a millisecond early; only what was cut above is waited for again.
    if (leftMs < 1) return call();
    timer = setTimeout(fire, Math.min(leftMs, delayMsMax));
  }
  return () => clearTimeout(timer);
}
