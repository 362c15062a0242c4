// Taking a run away, with all that it wrote. Only what has ended can be deleted; what runs can be cancelled.
import type { Caller } from '#src/domain/access.ts';
import { DomainError, executionNotFound } from '#src/domain/errors.ts';
import type { ExecutionDeps } from './dependencies.ts';
import { controllableRun, machineName } from './stored.ts';

/** @throws not_found, forbidden, invalid_state while it has not ended */
export async function deleteRun({ ports }: ExecutionDeps, caller: Caller, id: string): Promise<void> {
  await controllableRun(ports.records, caller, id);
  const outcome = await ports.sagas.delete(machineName, id);
  if (outcome === 'absent') throw executionNotFound();
  if (outcome === 'unfinished')
    throw new DomainError('invalid_state', 'Cannot delete an execution that has not ended; cancel it first');
}
