// The clock port in the form that an actor system takes its time from, so that virtual time also drives restarts.
import type { Cancel, Clock } from '#src/ports/clock.ts';

export interface MachineClock {
  setTimeout(call: () => void, delayMs: number): Cancel;
  clearTimeout(cancel: Cancel): void;
}

export const machineClock = (clock: Clock): MachineClock => ({
  setTimeout: (call, delayMs) => clock.after(delayMs, call),
  clearTimeout: (cancel) => cancel(),
});
