// Whether this release can read every record of a database.
import { machineNamed } from '#machines/registry.ts';
import { DomainError } from '#src/domain/errors.ts';
import type { Inspection } from './adapters/embedded/inspection.ts';

/** @param what it is, in a sentence: `this backup`. @throws invalid_state */
export function assertKnownMachines({ records }: Pick<Inspection, 'records'>, what: string): void {
  const known = ({ machine, version }: (typeof records)[number]): boolean =>
    version <= (machineNamed(machine)?.version ?? 0);
  if (!records.every(known))
    throw new DomainError('invalid_state', `A newer version of Greenroom wrote ${what}; use that version`);
}
