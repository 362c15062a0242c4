// Why a run ended: one reason and one sentence from all the evidence, decided once. Never reads a clock or a message.
import type {
  Evidence,
  ExecutionErrorType,
  ExitReport,
  Limits,
  Reason,
  Verdict,
  VerdictStatus,
} from '#src/domain/execution.ts';
import { isStop } from './evidence.ts';
import { sentence } from './sentences.ts';

/** The order of the questions is the precedence. */
export function verdict(evidence: Evidence, limits: Limits): Verdict {
  const reason = reasonOf(evidence);
  return {
    ...outcomes[reason],
    reason,
    message: sentence(reason, evidence, limits),
    ...ownEnd(reason, evidence.exit),
  };
}

/** A run that the script's own limits ended, not the script itself. */
export const limitReasons: readonly Reason[] = ['cpu_limit', 'out_of_memory', 'output_limit', 'disk_full'];

function reasonOf(evidence: Evidence): Reason {
  if (evidence.storage !== undefined) return 'result_lost';
  const { exit } = evidence;
  if (exit !== undefined && exit.cause !== 'stopped' && exit.cause !== 'no_reader') return exit.cause;
  if (evidence.cancel !== undefined) return 'cancelled';
  if (evidence.overdue !== undefined) return 'timed_out';
  if (evidence.unstartable !== undefined) return 'could_not_start';
  if (evidence.queueExpired !== undefined) return 'queue_timeout';
  return 'lost';
}

interface Outcome {
  status: VerdictStatus;
  errorType: ExecutionErrorType | null;
  exitCode: number | null;
}

const limitOutcome: Outcome = { status: 'failed', errorType: 'resource_limit', exitCode: 137 };
const errorOutcome: Outcome = { status: 'errored', errorType: 'system_error', exitCode: null };

const outcomes: Readonly<Record<Reason, Outcome>> = {
  exited: { status: 'completed', errorType: null, exitCode: 0 },
  signaled: { status: 'completed', errorType: 'script_error', exitCode: null },
  timed_out: { status: 'timed_out', errorType: 'timeout', exitCode: null },
  cpu_limit: limitOutcome,
  out_of_memory: limitOutcome,
  output_limit: limitOutcome,
  disk_full: limitOutcome,
  cancelled: { status: 'cancelled', errorType: null, exitCode: null },
  queue_timeout: errorOutcome,
  could_not_start: errorOutcome,
  lost: errorOutcome,
  result_lost: errorOutcome,
};

/** Code and error type of a script that ended by itself: whatever its code, the run is completed. */
function ownEnd(reason: Reason, exit: ExitReport | undefined): Partial<Outcome> {
  if (exit === undefined || isStop(exit)) return {};
  if (reason === 'signaled') return { exitCode: 128 + (exit.signal ?? 0) };
  if (reason !== 'exited') return {};
  const exitCode = exit.exitCode ?? 0;
  return { exitCode, errorType: exitCode === 0 ? null : 'script_error' };
}
