// Gives memory back when work is over. The runtime collects garbage by how much is asked for, and who rests asks for nothing:
// what the last work left would stay for hours.
import type { Cancel, Clock } from './ports/clock.ts';

export interface MemoryAtRestPorts {
  clock: Pick<Clock, 'after' | 'monotonic'>;
  /** Time of the processor that this process has used so far. */
  processorMs(): number;
  /** Collects whatever is garbage, and gives back what is held only to be faster. */
  collect(): void;
}

const lookEveryMs = 5_000;
/** Of one processor: above this, a process works. */
const workingShare = 0.1;

/** Collects once after each time of work. Answers what ends it. */
export function collectAtRest({ clock, processorMs, collect }: MemoryAtRestPorts): Cancel {
  let last = { at: clock.monotonic(), used: processorMs() };
  // A start is work.
  let worked = true;
  let cancel = clock.after(lookEveryMs, look);

  function look(): void {
    const now = { at: clock.monotonic(), used: processorMs() };
    const works = now.used - last.used > (now.at - last.at) * workingShare;
    if (worked && !works) collect();
    worked = works;
    // What collecting took is no work.
    last = { at: clock.monotonic(), used: processorMs() };
    cancel = clock.after(lookEveryMs, look);
  }

  return () => cancel();
}
