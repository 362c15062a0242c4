// What an execution remembers. Written as JSON into the record; a change of shape raises VERSION and adds an upcaster.
import type {
  Evidence,
  Limits,
  PastAttempt,
  Priority,
  ResultSummary,
  Runtime,
  Verdict,
} from '#src/domain/execution.ts';

export interface ExecutionContext {
  executionId: string;
  userId: string;
  runtime: Runtime;
  limits: Limits;
  priority: Priority;
  /** A run that may be given interactive input is never repeated. */
  stdinOpen: boolean;
  createdAt: number;
  /** The attempt that counts, from 1. */
  attempt: number;
  /** The one retry after a loss by the platform is used up. */
  retried: boolean;
  evidence: Evidence;
  /** Attempts that were admitted and whose pod is not yet proved gone; each holds a slot. */
  held: number[];
  /** Slot number by attempt, for every attempt in `held`. */
  slots: Record<string, number>;
  podName: string | null;
  /** When the present attempt was queued. */
  queuedAt: number;
  /** When the present attempt was given its slot. */
  admittedAt: number | null;
  /** When the present attempt's script started. */
  startedAt: number | null;
  /** When the verdict fell. */
  endedAt: number | null;
  /** Number of the exit frame, once an exit was reported. */
  last: number | null;
  /** How often the present state's deadline has asked. */
  asked: number;
  verdict: Verdict | null;
  result: ResultSummary | null;
  attempts: PastAttempt[];
}

/** What acceptance gives; everything else begins empty. `step` adds when and by which request. */
export interface ExecutionInput {
  executionId: string;
  userId: string;
  runtime: Runtime;
  limits: Limits;
  priority: Priority;
  stdinOpen: boolean;
  /** Position at acceptance, an estimate for the accepted event. */
  queuePosition: number;
}

export interface Acceptance extends ExecutionInput {
  at: number;
  /** Id of the request that was accepted. */
  cause: string;
}
