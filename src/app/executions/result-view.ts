// A run as the interface shows it, in the interface's own field names: record and output in, plain data out. Pure.
import { contextOf, describeExecution, type ExecutionContext } from '#machines/execution/describe.ts';
import type {
  Artifact,
  ExecutionErrorType,
  ExecutionStatus,
  ExitReport,
  Priority,
  Reason,
  SagaState,
} from '#src/domain/execution.ts';
import type { SagaRecord } from '#src/domain/saga-record.ts';
import { type EvidenceView, evidenceView, lossOf } from './evidence-view.ts';
import type { OutputText } from './reading.ts';

export interface ResourceUsage {
  execution_time_wall_seconds: number;
  cpu_time_jiffies: number;
  clk_tck_hertz: number;
  peak_memory_kb: number;
}

export interface ExecutionResult {
  execution_id: string;
  status: ExecutionStatus;
  stdout: string | null;
  stderr: string | null;
  lang: string;
  lang_version: string;
  resource_usage: ResourceUsage | null;
  exit_code: number | null;
  error_type: ExecutionErrorType | null;
  priority: Priority;
}

export interface Termination {
  reason: Reason;
  message: string;
  evidence: EvidenceView;
}

export interface AttemptView {
  number: number;
  pod_name: string | null;
  started_at: string | null;
  ended_at: string | null;
  reason: Reason | null;
}

export interface ArtifactView {
  name: string;
  content_type: string;
  size: number;
}

const jiffiesPerSecond = 100;

/** The text is that of the last attempt; null where nobody read it. */
export function executionResult(record: SagaRecord, output: OutputText | null): ExecutionResult {
  const { runtime, priority, evidence, verdict } = contextOf(record.snapshot);
  return {
    execution_id: record.id,
    status: describeExecution(record).status,
    stdout: output?.stdout ?? null,
    stderr: output?.stderr ?? null,
    lang: runtime.language,
    lang_version: runtime.version,
    resource_usage: evidence.exit === undefined ? null : resourceUsage(evidence.exit),
    exit_code: verdict?.exitCode ?? null,
    error_type: verdict?.errorType ?? null,
    priority,
  };
}

export const resourceUsage = ({ usage }: ExitReport): ResourceUsage => ({
  execution_time_wall_seconds: usage.wallMs / 1_000,
  cpu_time_jiffies: Math.round((usage.cpuMs * jiffiesPerSecond) / 1_000),
  clk_tck_hertz: jiffiesPerSecond,
  peak_memory_kb: Math.ceil(usage.memoryPeakBytes / 1_024),
});

export function terminationView(record: SagaRecord): Termination | null {
  const { verdict, evidence, limits } = contextOf(record.snapshot);
  if (verdict === null) return null;
  return { reason: verdict.reason, message: verdict.message, evidence: evidenceView(evidence, limits) };
}

export interface LifeView {
  created_at: string;
  started_at: string | null;
  ended_at: string | null;
  saga_state: SagaState;
  deadline: { name: string; at: string } | null;
  attempts: AttemptView[];
}

export function lifeView(record: SagaRecord): LifeView {
  const context = contextOf(record.snapshot);
  const { sagaState, deadline } = describeExecution(record);
  return {
    created_at: moment(record.createdAt),
    started_at: momentOrNull(context.startedAt),
    ended_at: momentOrNull(context.endedAt),
    saga_state: sagaState,
    deadline: deadline === null ? null : { name: deadline.name, at: moment(deadline.at) },
    attempts: attemptViews(context),
  };
}

function attemptViews(context: ExecutionContext): AttemptView[] {
  const past = context.attempts.map((attempt) => ({
    number: attempt.number,
    pod_name: attempt.podName,
    started_at: momentOrNull(attempt.startedAt),
    ended_at: moment(attempt.endedAt),
    reason: lossOf(attempt.evidence),
  }));
  const present = {
    number: context.attempt,
    pod_name: context.podName,
    started_at: momentOrNull(context.startedAt),
    ended_at: momentOrNull(context.endedAt),
    reason: context.verdict?.reason ?? null,
  };
  return [...past, present];
}

export const artifactView = ({ name, contentType, sizeBytes }: Artifact): ArtifactView => ({
  name,
  content_type: contentType,
  size: sizeBytes,
});

export const moment = (at: number): string => new Date(at).toISOString();

const momentOrNull = (at: number | null): string | null => (at === null ? null : moment(at));
