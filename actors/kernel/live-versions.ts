// Which version of a machine this process may write, by what all living processes know. A bound, never a lock: a record that
// an old process does not know yet is no fault there, so that a late answer costs time and nothing else.
import type { DurableMachine } from '#machines/durable.ts';
import { type Machines, machineToStep, machineToWrite } from '#machines/registry.ts';
import { type ProcessReport, processesCollection, silentMs, versionKnownByAll } from '#src/domain/fleet.ts';
import type { SagaRecord } from '#src/domain/saga-record.ts';
import type { Clock } from '#src/ports/clock.ts';
import type { Documents } from '#src/ports/documents.ts';
import { everyRow } from '#src/ports/paging.ts';

export interface LiveVersions {
  /** What a new record begins with; null for a name that this binary does not know. */
  toWrite(machine: string): DurableMachine | null;
  /** What steps this record; null when only a newer process can. */
  toStep(record: SagaRecord): DurableMachine | null;
  /** Reads the heartbeats. While the store is away, what was known grows old and is believed no more. */
  look(): Promise<void>;
}

/** An answer is believed for so long: two heartbeats may fail. */
const believedMs = 15_000;
const pageRows = 200;

export function createLiveVersions(
  ports: { clock: Clock; documents: Documents },
  machines: Machines,
): LiveVersions {
  const sideBySide = machines.names.filter((name) => machines.versionsOf(name)?.previous != null);
  let known = new Map<string, number>();
  let lookedAt = Number.NEGATIVE_INFINITY;

  function knownByAll(machine: string): number {
    if (ports.clock.monotonic() - lookedAt > believedMs) return 0;
    return known.get(machine) ?? 0;
  }

  async function living(): Promise<ProcessReport[]> {
    const processes = ports.documents.collection<ProcessReport>(processesCollection);
    const reports: ProcessReport[] = [];
    const recent = { where: { at: { gt: ports.clock.now() - silentMs } }, limit: pageRows };
    for await (const { body } of everyRow(processes.find, recent)) reports.push(body);
    return reports;
  }

  return {
    toWrite(machine) {
      const versions = machines.versionsOf(machine);
      return versions === null ? null : machineToWrite(versions, knownByAll(machine));
    },
    toStep(record) {
      const versions = machines.versionsOf(record.machine);
      return versions === null ? null : machineToStep(versions, record, knownByAll(record.machine));
    },
    async look() {
      if (sideBySide.length === 0) return;
      const began = ports.clock.monotonic();
      const reports = await living();
      known = new Map(sideBySide.map((name) => [name, versionKnownByAll(reports, name)]));
      lookedAt = began;
    },
  };
}
