// Looks for what must never be: an unfinished record without a next deadline, or one whose deadline nobody fires.
// It repairs nothing by itself (the relay's sweep and the timers do, on the same path as always); it says so aloud.
import { keepLooking } from '#actors/looking.ts';
import type { Child } from '#actors/role.ts';
import type { Machines } from '#machines/registry.ts';
import type { Clock } from '#src/ports/clock.ts';
import type { Filter } from '#src/ports/filter.ts';
import type { Logger } from '#src/ports/logger.ts';
import type { Records } from '#src/ports/records.ts';

interface RecoveryPorts {
  clock: Clock;
  logger: Logger;
  records: Records;
}

const lookEveryMs = 10_000;
const overdueMs = 60_000;
const limit = 20;

export function recoveryChild(ports: RecoveryPorts, machines: Machines): Child {
  async function look(): Promise<number> {
    for (const machine of machines.names) {
      const unfinished = { in: unfinishedStates(machines, machine) };
      await report(machine, { state: unfinished, nextDeadline: { exists: false } }, 'no deadline');
      const before = ports.clock.now() - overdueMs;
      await report(machine, { nextDeadline: { lt: before } }, 'deadline is overdue');
    }
    return lookEveryMs;
  }

  async function report(machine: string, where: Filter, message: string): Promise<void> {
    const { rows } = await ports.records.find(machine, { where, limit });
    for (const { id, state, nextDeadline } of rows) {
      ports.logger.error({ machine, id, state, nextDeadline }, message);
    }
  }

  return {
    name: 'recovery',
    async run({ signal, ready }) {
      ready();
      await keepLooking(ports, signal, { name: 'recovery', look, patienceMs: lookEveryMs });
    },
  };
}

/** Of both versions: which one wrote a record is not asked. */
function unfinishedStates(machines: Machines, name: string): string[] {
  const versions = machines.versionsOf(name);
  const states = [versions?.current, versions?.previous].flatMap((machine) =>
    Object.entries(machine?.machine.states ?? {}),
  );
  return [...new Set(states.filter(([, { type }]) => type !== 'final').map(([state]) => state))];
}
