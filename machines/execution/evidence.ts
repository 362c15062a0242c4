// What an event adds to what is known of a run's end. Nothing is concluded here: that is the verdict's business, once.
import type { Evidence, ExitCause, ExitReport, PastAttempt } from '#src/domain/execution.ts';
import type { ExecutionContext } from './context.ts';
import type { ExecutionEvent } from './events.ts';

export function noted(evidence: Evidence, event: ExecutionEvent): Evidence {
  switch (event.type) {
    case 'CANCEL_REQUESTED':
      return { ...evidence, cancel: { by: event.by, reason: event.reason, at: event.at } };
    case 'QUEUE_EXPIRED':
      return { ...evidence, queueExpired: { at: event.at } };
    case 'POD_EXITED':
      return { ...evidence, exit: event.exit };
    case 'POD_LOST':
      return { ...evidence, lost: { words: event.words } };
    case 'POD_DELETED':
      return { ...evidence, lost: { words: 'its pod was deleted by somebody else' } };
    case 'POD_UNSTARTABLE':
      return { ...evidence, unstartable: { words: event.words } };
    case 'POD_OVERDUE':
      return { ...evidence, overdue: { at: event.at } };
    case 'RESULT_SEALED':
      return event.exit === null ? evidence : { ...evidence, exit: event.exit };
    case 'RESULT_FAILED':
      return { ...evidence, storage: { words: event.words } };
    case 'EFFECT_FAILED':
      return event.effect === 'store_result_command'
        ? { ...evidence, storage: { words: event.words } }
        : { ...evidence, unstartable: { words: event.words } };
    default:
      return evidence;
  }
}

const stops: readonly ExitCause[] = ['stopped', 'no_reader'];

/** An exit that tells of a stop from outside; the script did not end by itself. */
export const isStop = (exit: ExitReport): boolean => stops.includes(exit.cause);

/** The present attempt, as the view keeps it once another follows. */
export const pastAttempt = (context: ExecutionContext, endedAt: number): PastAttempt => ({
  number: context.attempt,
  podName: context.podName,
  startedAt: context.startedAt,
  endedAt,
  evidence: context.evidence,
});
