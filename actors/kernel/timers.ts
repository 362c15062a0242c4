// Fires deadlines as turns. A timer never travels on the bus, and only the very arming that is due may fire.

import { isPassing, wordsOf } from '#actors/failure.ts';
import { keepLooking } from '#actors/looking.ts';
import type { Child } from '#actors/role.ts';
import { createBell } from '#actors/waiting.ts';
import type { Clock } from '#src/ports/clock.ts';
import type { Logger } from '#src/ports/logger.ts';
import type { DueTimer, Records } from '#src/ports/records.ts';
import type { TurnCommand, TurnResult } from './turn.ts';

export interface Timers {
  child: Child;
  /** A deadline was committed: wakes the loop when it is earlier than what it sleeps until. */
  armed(at: number): void;
}

interface TimerPorts {
  clock: Clock;
  logger: Logger;
  records: Records;
}

/** Other processes arm deadlines of which this one hears nothing. */
const lookEveryMs = 1_000;
const dueLimit = 100;

export function createTimers(ports: TimerPorts, turn: (command: TurnCommand) => Promise<TurnResult>): Timers {
  const bell = createBell();
  /** The earliest deadline that was committed here since the last look began. */
  let armedSince = Number.POSITIVE_INFINITY;
  let sleepsUntil = 0;
  /** Timers that cannot be fired here and now: the next look reads as many more, so that they hide no others. */
  let passedOver = 0;

  /** One statement when nothing is due. */
  async function look(): Promise<number> {
    armedSince = Number.POSITIVE_INFINITY;
    const stored = await ports.records.nextDeadline();
    if (stored !== null && stored <= ports.clock.now()) {
      const due = await ports.records.due(ports.clock.now(), dueLimit + passedOver);
      passedOver = 0;
      const fired = await fire(due);
      // What could not be fired stays due; asking for it without a pause would never end.
      if (fired > 0) return 0;
    }
    const now = ports.clock.now();
    const ahead = [stored ?? armedSince, armedSince].filter((at) => at > now);
    sleepsUntil = Math.min(now + lookEveryMs, ...ahead);
    return sleepsUntil - now;
  }

  async function fire(due: readonly DueTimer[]): Promise<number> {
    const outcomes = await Promise.all(due.map((timer) => fireOne(timer)));
    return outcomes.filter((committed) => committed).length;
  }

  async function fireOne({ machine, id, name, arming }: DueTimer): Promise<boolean> {
    const cause = `${machine}/${id}/timer/${arming}`;
    const command = { machine, id, cause, event: { type: 'TIMER_FIRED', name }, arming };
    try {
      const { kind } = await turn(command);
      // Its own version's processes fire it; or it fires once what the record said has left.
      if (kind === 'newer' || kind === 'full') passedOver += 1;
      return kind === 'committed';
    } catch (error) {
      // One record must not keep the deadlines of all others from firing.
      const level = isPassing(error) ? 'warn' : 'error';
      ports.logger[level]({ machine, id, timer: name, error: wordsOf(error) }, 'timer waits');
      return false;
    }
  }

  return {
    child: {
      name: 'timers',
      async run({ signal, ready }) {
        ready();
        await keepLooking(ports, signal, { name: 'timers', look, patienceMs: lookEveryMs, bell });
      },
    },
    armed(at) {
      armedSince = Math.min(armedSince, at);
      if (at < sleepsUntil) bell.ring();
    },
  };
}
