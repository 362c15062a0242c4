// How far a run is, as a fold over its stream's events. Holds no output: that is the transcript's. Pure.
import type { ExecutionResult, ExecutionStatus, SagaState } from './api/types.gen.ts';
import type { Artifact, QueuePlace, RunEvent, StateEvent, Termination } from './run-events.ts';

export interface RunProgress {
  /** Null before the server has said anything. */
  status: ExecutionStatus | null;
  sagaState: SagaState | null;
  attempt: number;
  queue: QueuePlace | null;
  /** By the server's clock; when the present attempt began to run. */
  runningSince: number | null;
  artifacts: readonly Artifact[];
  end: { result: ExecutionResult; termination: Termination } | null;
}

export const noProgress: RunProgress = {
  status: null,
  sagaState: null,
  attempt: 1,
  queue: null,
  runningSince: null,
  artifacts: [],
  end: null,
};

export function progressAfter(progress: RunProgress, event: RunEvent): RunProgress {
  switch (event.kind) {
    case 'state':
      return afterState(progress, event);
    case 'artifact':
      return { ...progress, artifacts: withArtifact(progress.artifacts, event.artifact) };
    case 'end': {
      const { result, termination } = event;
      return { ...progress, status: result.status, queue: null, end: { result, termination } };
    }
    case 'output':
      return progress;
  }
}

function afterState(progress: RunProgress, state: StateEvent): RunProgress {
  const { status, sagaState, attempt, at, queue } = state;
  const repeated = attempt > progress.attempt;
  const before = repeated ? null : progress.runningSince;
  return {
    ...progress,
    status,
    sagaState,
    attempt,
    queue,
    runningSince: before ?? (status === 'running' ? at : null),
    // Files of an attempt that was lost are not the run's.
    artifacts: repeated ? [] : progress.artifacts,
  };
}

/** A file that is written again replaces the one before. */
const withArtifact = (artifacts: readonly Artifact[], added: Artifact): Artifact[] => [
  ...artifacts.filter(({ name }) => name !== added.name),
  added,
];
