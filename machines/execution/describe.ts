// What the interface and the pages show of an execution: a pure view of its snapshot. Decides nothing.
import type {
  Evidence,
  ExecutionStatus,
  Limits,
  Reason,
  SagaState,
  VerdictStatus,
} from '#src/domain/execution.ts';
import type { SagaRecord, Snapshot } from '#src/domain/saga-record.ts';
import type { ExecutionContext } from './context.ts';
import { contextOf } from './snapshot.ts';
import { type Steps, steps } from './steps.ts';

export type { ExecutionContext };
/** What use cases outside the machine read of a run: never to be changed by them. */
export { contextOf };

export interface Termination {
  reason: Reason;
  message: string;
  evidence: Evidence;
  limits: Limits;
}

/** Whether a cancel would be heard now. */
export type Cancellable = 'possible' | 'already_cancelled' | 'too_late';

export interface ExecutionView {
  status: ExecutionStatus;
  sagaState: SagaState;
  steps: Steps;
  /** Null before the verdict. */
  termination: Termination | null;
  /** When the machine asks next. */
  deadline: { name: string; at: number } | null;
  /** In per cent, by state; never a promise of time. */
  progress: number;
  /** The verdict fell: status and result are final, though a pod may still have to go. */
  terminal: boolean;
  cancellable: Cancellable;
  canCancel: boolean;
}

export function describeExecution(record: SagaRecord): ExecutionView {
  const { snapshot } = record;
  const context = contextOf(snapshot);
  const cancellable = cancellableOf(snapshot.value, context);
  const [timer] = record.timers.toSorted((a, b) => a.at - b.at);
  return {
    status: executionStatus(snapshot),
    sagaState: sagaState(snapshot),
    steps: steps(snapshot.value, context),
    termination: termination(context),
    deadline: timer === undefined ? null : { name: timer.name, at: timer.at },
    progress: progress[snapshot.value] ?? 0,
    terminal: context.verdict !== null,
    cancellable,
    canCancel: cancellable === 'possible',
  };
}

export function executionStatus(snapshot: Snapshot): ExecutionStatus {
  const { verdict } = contextOf(snapshot);
  if (verdict !== null) return finalStatus[verdict.status];
  return unfinished[snapshot.value]?.status ?? 'running';
}

export function sagaState(snapshot: Snapshot): SagaState {
  const { verdict, held } = contextOf(snapshot);
  if (verdict === null) return unfinished[snapshot.value]?.sagaState ?? 'running';
  return held.length > 0 ? 'compensating' : finalSagaState[verdict.status];
}

export function termination({ verdict, evidence, limits }: ExecutionContext): Termination | null {
  if (verdict === null) return null;
  return { reason: verdict.reason, message: verdict.message, evidence, limits };
}

const unfinished: Readonly<Record<string, { status: ExecutionStatus; sagaState: SagaState }>> = {
  queued: { status: 'queued', sagaState: 'created' },
  starting: { status: 'scheduled', sagaState: 'running' },
  running: { status: 'running', sagaState: 'running' },
  stopping: { status: 'running', sagaState: 'compensating' },
  collecting: { status: 'running', sagaState: 'running' },
};

const finalStatus: Readonly<Record<VerdictStatus, ExecutionStatus>> = {
  completed: 'completed',
  failed: 'failed',
  timed_out: 'timeout',
  cancelled: 'cancelled',
  errored: 'error',
};

const finalSagaState: Readonly<Record<VerdictStatus, SagaState>> = {
  completed: 'completed',
  failed: 'failed',
  timed_out: 'timeout',
  cancelled: 'cancelled',
  errored: 'failed',
};

const progress: Readonly<Record<string, number>> = {
  queued: 0,
  starting: 20,
  running: 40,
  stopping: 60,
  collecting: 80,
  ending: 90,
  completed: 100,
  failed: 100,
  timed_out: 100,
  cancelled: 100,
  errored: 100,
};

function cancellableOf(value: string, { evidence, verdict }: ExecutionContext): Cancellable {
  if (verdict !== null) return 'too_late';
  if (evidence.cancel !== undefined) return 'already_cancelled';
  return ['queued', 'starting', 'running'].includes(value) ? 'possible' : 'too_late';
}
