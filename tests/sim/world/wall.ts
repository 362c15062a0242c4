// A script's wall clock: it stands still while the supervisor waits for its reader, and ends the run at its limit.
import type { Cancel } from '#src/ports/clock.ts';
import type { VirtualTime } from '../virtual-time.ts';

export interface Wall {
  pause(): void;
  resume(): void;
  stop(): void;
  elapsedMs(): number;
  /** Steps taken so far. */
  written(): number;
}

export interface WallOptions {
  gapMs: number;
  limitMs: number;
  /** How long it may stand still in all. */
  pauseMs: number;
  step(number: number): void;
  limit(): void;
  pauseOver(): void;
}

export function createWall(time: VirtualTime, options: WallOptions): Wall {
  let elapsedMs = 0;
  let pausedMs = 0;
  let steps = 0;
  let nextStepMs = options.gapMs;
  let since = time.now();
  let state: 'running' | 'paused' | 'stopped' = 'running';
  let cancel: Cancel = () => undefined;

  const settle = (): void => {
    const passed = time.now() - since;
    if (state === 'running') elapsedMs += passed;
    if (state === 'paused') pausedMs += passed;
    since = time.now();
  };
  const plan = (): void => {
    cancel();
    if (state === 'stopped') return;
    const waitMs =
      state === 'paused'
        ? options.pauseMs - pausedMs
        : Math.min(nextStepMs - elapsedMs, options.limitMs - elapsedMs);
    cancel = time.after(waitMs, due);
  };
  const due = (): void => {
    settle();
    if (state === 'paused') options.pauseOver();
    else if (elapsedMs >= options.limitMs - 0.01) options.limit();
    else {
      nextStepMs = elapsedMs + options.gapMs;
      options.step(steps++);
    }
    if (state === 'running' && elapsedMs < options.limitMs - 0.01) plan();
  };
  const change = (from: typeof state, to: typeof state): void => {
    if (state !== from) return;
    settle();
    state = to;
    plan();
  };
  plan();
  return {
    pause: () => change('running', 'paused'),
    resume: () => change('paused', 'running'),
    stop() {
      settle();
      state = 'stopped';
      cancel();
    },
    elapsedMs: () => elapsedMs,
    written: () => steps,
  };
}
