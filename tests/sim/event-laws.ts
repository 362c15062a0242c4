// What each turn of a run must tell, and nothing else: from what was true before and after it, apart from the machine's own
// code. Turn by turn, so that the list of a finished run is exactly what its path demands. Commands that somebody acts upon
// are left out: that they are said shows in what happens.
import type { SagaRecord } from '#src/domain/saga-record.ts';
import { type ExecutionView, executionContextOf } from './run-view.ts';

type Fail = (words: string) => void;

/** Commands that somebody acts upon, and the history's own row. */
export const actedUpon: ReadonlySet<string> = new Set([
  'create_pod_command',
  'inspect_pod_command',
  'delete_pod_command',
  'store_result_command',
  'saga_turns_archived',
]);

const terminals: Readonly<Record<string, string>> = {
  completed: 'execution_completed',
  failed: 'execution_failed',
  timed_out: 'execution_timeout',
  cancelled: 'execution_cancelled',
  errored: 'execution_failed',
};
const limits = ['cpu_limit', 'out_of_memory', 'output_limit', 'disk_full'];

/** One commit. A record that is set aside, and the end of one that was, have laws of their own. */
export function checkEvents(before: SagaRecord | null, after: SagaRecord, fail: Fail): void {
  if (after.quarantine !== null || (before !== null && before.quarantine !== null)) return;
  const told = after.outbox
    .filter(({ n, type }) => n >= (before?.nextRow ?? 1) && !actedUpon.has(type))
    .map(({ type, payload }) => nameOf(type, payload.attempt));
  const due = before === null ? accepted : dueOf(before, after);
  const [saying, demanded] = [told, due].map((names) => [...names].sort().join(', '));
  if (saying === demanded) return;
  const event = after.turns.at(-1)?.event.type;
  fail(`${after.id}: ${event} told ${saying || 'nothing'}, and should have told ${demanded || 'nothing'}`);
}

const nameOf = (type: string, attempt: unknown): string =>
  typeof attempt === 'number' ? `${type}#${attempt}` : type;

const accepted = ['execution_requested', 'saga_started', 'execution_accepted', 'execution_queued#1'];

function dueOf(before: SagaRecord, after: SagaRecord): string[] {
  const [was, is] = [executionContextOf(before), executionContextOf(after)];
  const entered = (state: string): boolean => after.state === state && before.state !== state;
  const due = [...dueUnderWay(before, after, was, is)];
  if (entered('queued')) due.push(`execution_queued#${is.attempt}`);
  if (entered('starting')) due.push(`allocate_resources_command#${is.attempt}`);
  if (entered('running')) due.push(`execution_running#${is.attempt}`);
  for (const attempt of was.held) {
    if (!is.held.includes(attempt)) due.push(`release_resources_command#${attempt}`);
  }
  if (was.verdict === null && is.verdict !== null) due.push(...dueAtTheEnd(is, was.held.length > 0));
  if (was.verdict !== null && was.held.length > 0 && is.held.length === 0) due.push('saga_compensated');
  if (after.final) due.push(sagaEnd(is.verdict?.status ?? ''));
  return due;
}

function dueUnderWay(before: SagaRecord, after: SagaRecord, was: ExecutionView, is: ExecutionView): string[] {
  const due: string[] = [];
  const sameAttempt = was.attempt === is.attempt;
  if (sameAttempt && was.podName === null && is.podName !== null) due.push(`execution_started#${is.attempt}`);
  if (sameAttempt && was.evidence.cancel === undefined && is.evidence.cancel !== undefined)
    due.push('execution_cancel_requested');
  if (was.evidence.queueExpired === undefined && is.evidence.queueExpired !== undefined)
    due.push(`execution_queue_expired#${is.attempt}`);
  if (before.fields.priority !== after.fields.priority) due.push('execution_priority_changed');
  return due;
}

function dueAtTheEnd({ attempt, verdict, evidence, result }: ExecutionView, anyHeld: boolean): string[] {
  const due = [nameOf(terminals[verdict?.status ?? ''] ?? 'no end', attempt)];
  if (anyHeld) due.push('saga_compensating');
  if (limits.includes(verdict?.reason ?? '')) due.push('resource_limit_exceeded');
  const kept = evidence.storage === undefined && result !== null;
  due.push(nameOf(kept ? 'result_stored' : 'result_failed', attempt));
  return due;
}

function sagaEnd(status: string): string {
  if (status === 'completed') return 'saga_completed';
  return status === 'cancelled' ? 'saga_cancelled' : 'saga_failed';
}
