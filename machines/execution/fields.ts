// The indexed fields of an execution's record: all that lists, the scheduler and the pages filter and sort by.
import { type Evidence, priorities } from '#src/domain/execution.ts';
import type { Fields, Snapshot } from '#src/domain/saga-record.ts';
import type { ExecutionContext } from './context.ts';
import { executionStatus, sagaState } from './describe.ts';
import { contextOf } from './snapshot.ts';

export function fields(snapshot: Snapshot): Fields {
  const context = contextOf(snapshot);
  const { verdict } = context;
  return {
    userId: context.userId,
    status: executionStatus(snapshot),
    sagaState: sagaState(snapshot),
    language: context.runtime.language,
    languageVersion: context.runtime.version,
    priority: context.priority,
    /** 0 is admitted first. */
    priorityRank: priorities.indexOf(context.priority),
    attempt: context.attempt,
    heldCount: context.held.length,
    podName: context.podName,
    queuedAt: context.queuedAt,
    startedAt: context.startedAt,
    endedAt: context.endedAt,
    reason: verdict?.reason ?? null,
    errorType: verdict?.errorType ?? null,
    exitCode: verdict?.exitCode ?? null,
    cpuMs: cpuMs(context),
    storedBytes: storedBytes(context),
  };
}

const evidences = ({ attempts, evidence }: ExecutionContext): Evidence[] => [
  ...attempts.map((past) => past.evidence),
  evidence,
];

/** Of all attempts that told what they used. */
const cpuMs = (context: ExecutionContext): number =>
  Math.round(evidences(context).reduce((sum, { exit }) => sum + (exit?.usage.cpuMs ?? 0), 0));

/** What the run wrote and left, of all attempts, for as long as it is kept. */
function storedBytes(context: ExecutionContext): number {
  const written = evidences(context).reduce(
    (sum, { exit }) => sum + (exit?.stdoutBytes ?? 0) + (exit?.stderrBytes ?? 0),
    0,
  );
  const artifacts = context.result?.artifacts ?? [];
  return artifacts.reduce((sum, { sizeBytes }) => sum + sizeBytes, written);
}

/** One slot for every attempt whose pod is not yet proved gone. */
export const uniques = (snapshot: Snapshot): string[] =>
  Object.values(contextOf(snapshot).slots).map((slot) => `slot:${slot}`);
