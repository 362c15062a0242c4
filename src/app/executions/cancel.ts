// Asking a run to end. Answered after the commit; whether the script was faster, only the result tells.
import { describeExecution } from '#machines/execution/describe.ts';
import type { Caller } from '#src/domain/access.ts';
import { DomainError, executionNotFound } from '#src/domain/errors.ts';
import type { SagaRecord } from '#src/domain/saga-record.ts';
import type { ExecutionDeps } from './dependencies.ts';
import { controllableRun, machineName } from './stored.ts';

export const cancelStatuses = ['already_cancelled', 'cancellation_requested'] as const;

export interface CancelAnswer {
  status: (typeof cancelStatuses)[number];
  message: string;
  eventId: string | null;
}

/** @throws not_found, forbidden, invalid_state once the script has ended */
export async function cancel(
  { ports }: ExecutionDeps,
  caller: Caller,
  id: string,
  reason: string,
): Promise<CancelAnswer> {
  await controllableRun(ports.records, caller, id);
  const event = { type: 'CANCEL_REQUESTED', by: caller.userId, reason };
  const outcome = await ports.sagas.send(machineName, id, `cancel ${ports.ids.next()}`, event);
  if (outcome.kind === 'absent') throw executionNotFound();
  if (outcome.kind === 'unchanged') return unheard(outcome.record);
  return {
    status: 'cancellation_requested',
    message: 'Cancellation request submitted',
    eventId: outcome.record.outbox.findLast(({ type }) => type === 'execution_cancel_requested')?.id ?? null,
  };
}

function unheard(record: SagaRecord): CancelAnswer {
  const { status, cancellable, terminal } = describeExecution(record);
  if (status === 'cancelled' || cancellable === 'already_cancelled')
    return { status: 'already_cancelled', message: 'Execution was already cancelled', eventId: null };
  const words = terminal ? `in ${status} state` : 'in its present state';
  throw new DomainError('invalid_state', `Cannot cancel execution ${words}`);
}
