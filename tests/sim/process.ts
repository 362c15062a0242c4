// A process of an operating system, simulated: it may die, stall or disagree about the time, and nothing that it asks for
// is sure to happen or to be answered. A dead process never hears anything again; what it had sent may still arrive.
import { steadyTime } from '#src/adapters/system/steady-time.ts';
import { isDomainError, unavailable } from '#src/domain/errors.ts';
import type { Cancel, Clock, Ids } from '#src/ports/clock.ts';
import type { Faults, Part } from './faults.ts';
import type { Random } from './random.ts';
import type { Trace } from './trace.ts';
import type { VirtualTime } from './virtual-time.ts';
import { copy } from './world/copy.ts';

/** One simulated call to a dependency; arguments and answer are copied. */
export type Call = <Arguments extends unknown[], Answer>(
  part: Part,
  operation: string,
  work: (...sent: Arguments) => Answer,
  ...sent: Arguments
) => Promise<Answer>;

export interface SimProcess {
  readonly name: string;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly call: Call;
  alive(): boolean;
  /** Inside the process: not while it stalls, never once it is dead. */
  after(delayMs: number, call: () => void): Cancel;
  /** Somebody sets the clock of its machine: so much ahead of what it was; 0 sets it right again. */
  setClockAhead(byMs: number): void;
  /** Its end, whatever it was doing. */
  kill(why: string): void;
  /** Called once, at its end. */
  onEnd(call: () => void): void;
}

export interface ProcessWorld {
  time: VirtualTime;
  trace: Trace;
  faults: Faults;
  random: Random;
  /** Told of an error of the simulated world itself: it must never pass for a fault that production code has to bear. */
  mistaken(error: unknown): void;
}

/** 2026-01-01: the simulated world's wall clock at its beginning. */
export const EPOCH_MS = 1_767_225_600_000;
const SKEW_MS = 300;
const CORRECTION_MS = 1_000;
const TIMEOUT_MS = 500;

export function createProcess(name: string, world: ProcessWorld): SimProcess {
  const { time, trace, faults } = world;
  const random = world.random.split(`process ${name}`);
  // The clock port is corrected by the store's clock; what is left differs a little.
  let skewMs = Math.round(random.between(-SKEW_MS, SKEW_MS));
  const bornAt = time.now();
  const monotonic = (): number => time.now() - bornAt;
  let aheadMs = 0;
  const steady = steadyTime(() => EPOCH_MS + time.now() + aheadMs, monotonic);
  const endings: (() => void)[] = [];
  let living = true;
  let stalledUntil = 0;
  let ids = 0;

  const wake = (call: () => void): void => {
    if (!living) return;
    if (time.now() < stalledUntil) time.after(stalledUntil - time.now(), () => wake(call));
    else call();
  };
  const after = (delayMs: number, call: () => void): Cancel => {
    let wanted = true;
    time.after(delayMs, () => wake(() => wanted && call()));
    return () => {
      wanted = false;
    };
  };
  const kill = (why: string): void => {
    if (!living) return;
    living = false;
    trace.tell(name, `ends: ${why}`);
    for (const call of endings) call();
  };
  const strikes = (rate: number, weight: number): boolean => faults.on() && random.chance(rate * weight);

  /** Draws what becomes of a call before it is under way. True when the process does not go on at once. */
  const call: Call = (part, operation, work, ...given) => {
    const sent = copy(given);
    const { mix } = faults;
    const weight = weightOf(operation);
    return new Promise((resolve, reject) => {
      if (!living) return;
      const fails = (delayMs: number, fault: string): void => {
        trace.count(`fault: ${fault}`);
        after(delayMs, () => reject(unavailable(part)));
      };
      if (strikes(mix.stall, weight)) {
        trace.count('fault: process stalled');
        stalledUntil = time.now() + random.between(2_000, 40_000);
      }
      if (strikes(mix.clockCorrected, 1)) {
        trace.count('fault: clock corrected');
        skewMs = Math.round(random.between(-CORRECTION_MS, CORRECTION_MS));
      }
      if (strikes(mix.death, weight)) {
        trace.count(`fault: died before ${operation}`);
        kill(`before ${operation}`);
        return;
      }
      if (faults.away(part, time.now(), name)) return fails(TIMEOUT_MS, `${part} away`);
      if (strikes(mix.refused, weight)) return fails(random.between(1, TIMEOUT_MS), 'call refused');
      if (strikes(mix.lateEffect, weight)) {
        time.after(random.between(TIMEOUT_MS, 8_000), () => attempt(work, sent, world));
        return fails(TIMEOUT_MS, 'effect after its time-out');
      }
      // Under way: it arrives even when the process dies meanwhile.
      time.after(random.between(0.2, 6), () => {
        const outcome = attempt(work, sent, world);
        if (!living) return;
        if (strikes(mix.death, weight)) {
          trace.count(`fault: died after ${operation}`);
          kill(`after ${operation}`);
          return;
        }
        if (strikes(mix.deniedAfterwards, weight))
          return fails(random.between(1, TIMEOUT_MS), 'done, but reported as failed');
        after(random.between(0.2, 6), () => (outcome.done ? resolve(outcome.answer) : reject(outcome.error)));
      });
    });
  };

  return {
    name,
    call,
    after,
    kill,
    alive: () => living,
    setClockAhead(byMs) {
      aheadMs = byMs;
    },
    onEnd: (ending) => {
      if (living) endings.push(ending);
      else ending();
    },
    clock: {
      now: () => steady.now() + skewMs,
      monotonic,
      after,
    },
    ids: { next: () => `${name}:${++ids}` },
  };
}

/** Most calls only look; what changes something is where an untimely end hurts. */
const weightOf = (operation: string): number => (changing.has(operation) ? CHANGING_WEIGHT : 1);
const CHANGING_WEIGHT = 8;
const changing = new Set([
  'insert',
  'commit',
  'mark',
  'publish',
  'acknowledge',
  'documents.insert',
  'documents.change',
  'output.append',
  'pods.claim',
  'pods.create',
  'pods.delete',
  'pods.attach',
  'channel.write',
]);

type Outcome<Answer> = { done: true; answer: Answer } | { done: false; error: unknown };

function attempt<Arguments extends unknown[], Answer>(
  work: (...sent: Arguments) => Answer,
  sent: Arguments,
  { mistaken }: ProcessWorld,
): Outcome<Answer> {
  try {
    return { done: true, answer: copy(work(...sent)) };
  } catch (error) {
    if (!isDomainError(error)) mistaken(error);
    return { done: false, error };
  }
}
