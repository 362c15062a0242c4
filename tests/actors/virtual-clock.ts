// Time that passes only when a test says so.
import type { Clock } from '#src/ports/clock.ts';

export interface VirtualClock extends Clock {
  /** Lets what is ready happen, without time passing. */
  settle(): Promise<void>;
  /** Passes time, calling in order what falls due. */
  advance(ms: number): Promise<void>;
  /** Calls that wait. */
  waiting(): number;
}

interface Call {
  at: number;
  order: number;
  call: () => void;
}

export function virtualClock(start = 1_000_000): VirtualClock {
  let now = start;
  let order = 0;
  let calls: Call[] = [];
  const settle = async (): Promise<void> => {
    for (let turns = 0; turns < 5; turns += 1) await new Promise((resolve) => setImmediate(resolve));
  };
  return {
    now: () => now,
    monotonic: () => now - start,
    after(delayMs, call) {
      order += 1;
      const entry = { at: now + Math.max(0, delayMs), order, call };
      calls.push(entry);
      return () => {
        calls = calls.filter((other) => other !== entry);
      };
    },
    settle,
    async advance(ms) {
      const until = now + ms;
      await settle();
      for (;;) {
        const due = calls.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at || a.order - b.order)[0];
        if (due === undefined) break;
        calls = calls.filter((other) => other !== due);
        now = Math.max(now, due.at);
        due.call();
        await settle();
      }
      now = until;
      await settle();
    },
    waiting: () => calls.length,
  };
}
