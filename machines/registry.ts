// The only door to a durable machine: everybody else knows it by name. Two versions of one may be here side by side, so that
// processes of the release before can still serve what those of this one write.
import type { SagaRecord } from '#src/domain/saga-record.ts';
import { accountRemoval } from './account-removal/definition.ts';
import { deadLetter } from './dead-letter/definition.ts';
import type { DurableMachine } from './durable.ts';
import { execution } from './execution/definition.ts';
import { raised } from './raise.ts';

export interface Versions {
  current: DurableMachine;
  /** What the release before wrote, while it may still run beside this one; null when nothing changed since. */
  previous: DurableMachine | null;
}

/** The machines of one binary. A value, so that a test or a simulated process has others. */
export interface Machines {
  names: readonly string[];
  /** Null for a name that this binary does not know. */
  versionsOf(name: string): Versions | null;
}

export function machinesOf(all: readonly Versions[]): Machines {
  const byName = new Map(all.map((versions) => [versions.current.name, versions]));
  return { names: [...byName.keys()], versionsOf: (name) => byName.get(name) ?? null };
}

/** The machines of this binary. */
export const registry: Machines = machinesOf([
  { current: execution, previous: null },
  { current: deadLetter, previous: null },
  { current: accountRemoval, previous: null },
]);

export const machineNames: readonly string[] = registry.names;

/** Its current version; null for a name that this binary does not know. */
export const machineNamed = (name: string): DurableMachine | null =>
  registry.versionsOf(name)?.current ?? null;

/**
 * The version that may be written: the current one only once every live process knows it.
 * `knownByAll`: the newest version that all of them understand; 0 while that is not known.
 */
export function machineToWrite({ current, previous }: Versions, knownByAll: number): DurableMachine {
  return previous === null || knownByAll >= current.version ? current : previous;
}

/**
 * The version that steps this record, or null when only a newer process can: what the current version wrote is its own for
 * ever; what an older one wrote is raised to the version that may be written.
 */
export function machineToStep(
  versions: Versions,
  record: Pick<SagaRecord, 'machineVersion'>,
  knownByAll: number,
): DurableMachine | null {
  const { current } = versions;
  if (record.machineVersion > current.version) return null;
  const written = machineToWrite(versions, knownByAll);
  return record.machineVersion > written.version ? current : written;
}

/**
 * The record in the shape of the current version, for views. One that only a newer version understands, or that nothing can
 * raise, is shown as it is.
 */
export function asCurrent(record: SagaRecord, machines: Machines = registry): SagaRecord {
  const current = machines.versionsOf(record.machine)?.current;
  if (current === undefined || record.machineVersion >= current.version) return record;
  try {
    return raised(current, record);
  } catch {
    // Broken: its next turn puts it into quarantine.
    return record;
  }
}
