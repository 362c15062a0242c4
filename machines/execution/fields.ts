// The indexed fields of an execution's record: all that lists, the scheduler and the pages filter and sort by.
import { priorities } from '#src/domain/execution.ts';
import type { Fields, Snapshot } from '#src/domain/saga-record.ts';
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
  };
}

/** One slot for every attempt whose pod is not yet proved gone. */
export const uniques = (snapshot: Snapshot): string[] =>
  Object.values(contextOf(snapshot).slots).map((slot) => `slot:${slot}`);
