// Time that passes only when everything due has been done. Between two things every promise settles, so that the order
// of what happens depends on the seed alone. Must never look at the machine's own clock.
import { drainMicrotasks } from 'bun:jsc';
import type { Cancel } from '#src/ports/clock.ts';

export interface VirtualTime {
  /** Milliseconds since the simulation began. */
  now(): number;
  after(delayMs: number, call: () => void): Cancel;
  /** Does one due thing after the other until nothing is left or `done` says so. */
  run(done: () => boolean): void;
  /** So much passes at once, and whatever is due waits so much longer: as if everybody had slept. */
  sleep(forMs: number): void;
  /** Things done so far. */
  steps(): number;
}

interface Due {
  at: number;
  sequence: number;
  call: (() => void) | null;
}

/** `settle` lets every promise go as far as it can. */
export function createVirtualTime(settle: () => void = drainMicrotasks): VirtualTime {
  const heap: Due[] = [];
  let now = 0;
  let sequence = 0;
  let steps = 0;
  return {
    now: () => now,
    steps: () => steps,
    after(delayMs, call) {
      const due: Due = { at: now + Math.max(0, delayMs), sequence: sequence++, call };
      push(heap, due);
      return () => {
        due.call = null;
      };
    },
    sleep(forMs) {
      now += forMs;
      for (const due of heap) due.at += forMs;
    },
    run(done) {
      settle();
      while (!done()) {
        const due = pop(heap);
        if (due === null) return;
        if (due.call === null) continue;
        now = due.at;
        steps++;
        due.call();
        settle();
      }
    },
  };
}

const before = (left: Due, right: Due): boolean =>
  left.at < right.at || (left.at === right.at && left.sequence < right.sequence);

function push(heap: Due[], due: Due): void {
  let place = heap.push(due) - 1;
  while (place > 0) {
    const above = (place - 1) >> 1;
    const parent = heap[above];
    if (parent === undefined || before(parent, due)) break;
    heap[place] = parent;
    place = above;
  }
  heap[place] = due;
}

function pop(heap: Due[]): Due | null {
  const first = heap[0];
  const last = heap.pop();
  if (first === undefined || last === undefined) return null;
  if (first === last) return first;
  let place = 0;
  for (;;) {
    let below = 2 * place + 1;
    let child = heap[below];
    if (child === undefined) break;
    const sibling = heap[below + 1];
    if (sibling !== undefined && before(sibling, child)) {
      child = sibling;
      below++;
    }
    if (before(last, child)) break;
    heap[place] = child;
    place = below;
  }
  heap[place] = last;
  return first;
}
