// Values of one run: what was asked for, what is known of its end, and the one verdict.

export const executionStatuses = [
  'queued',
  'scheduled',
  'running',
  'completed',
  'failed',
  'timeout',
  'cancelled',
  'error',
] as const;
export type ExecutionStatus = (typeof executionStatuses)[number];

export const sagaStates = [
  'created',
  'running',
  'compensating',
  'completed',
  'failed',
  'timeout',
  'cancelled',
] as const;
export type SagaState = (typeof sagaStates)[number];

/** Why a run ended: exactly one per run, never changed. */
export const reasons = [
  'exited',
  'signaled',
  'timed_out',
  'cpu_limit',
  'out_of_memory',
  'output_limit',
  'disk_full',
  'cancelled',
  'queue_timeout',
  'could_not_start',
  'lost',
  'result_lost',
] as const;
export type Reason = (typeof reasons)[number];

/** The supervisor's own account of an end; `stopped` means that somebody asked for it. */
export const exitCauses = [
  'exited',
  'signaled',
  'timed_out',
  'cpu_limit',
  'out_of_memory',
  'output_limit',
  'disk_full',
  'stopped',
  'no_reader',
] as const;
export type ExitCause = (typeof exitCauses)[number];

export const errorTypes = [
  'system_error',
  'timeout',
  'resource_limit',
  'script_error',
  'permission_denied',
] as const;
export type ExecutionErrorType = (typeof errorTypes)[number];

/** Highest first: the order in which the scheduler admits. */
export const priorities = ['critical', 'high', 'normal', 'low', 'background'] as const;
export type Priority = (typeof priorities)[number];

export interface Limits {
  timeoutMs: number;
  memoryBytes: number;
  /** Thousandths of one processor. */
  cpuMillis: number;
  processesMax: number;
  diskBytes: number;
  outputBytes: number;
}

export interface Usage {
  wallMs: number;
  /** Of the whole process tree. */
  cpuMs: number;
  memoryPeakBytes: number;
}

/** The exit frame, as the supervisor wrote it. */
export interface ExitReport {
  cause: ExitCause;
  exitCode: number | null;
  signal: number | null;
  usage: Usage;
  stdoutBytes: number;
  stderrBytes: number;
  truncated: boolean;
  /** In the supervisor's words, for example which counter was over its limit. */
  detail: string | null;
}

export interface Artifact {
  name: string;
  contentType: string;
  sizeBytes: number;
}

/** What sealing an attempt's output gives. */
export interface ResultSummary {
  last: number;
  stdoutBytes: number;
  stderrBytes: number;
  truncated: boolean;
  /** SHA-256 of all stdout bytes followed by all stderr bytes, in hexadecimal. */
  sha256: string;
  artifacts: Artifact[];
  /** At most 8 KiB of each stream, decoded with replacement characters. */
  preview: { stdout: string; stderr: string };
}

/** Everything that is known of an end before the verdict. */
export interface Evidence {
  exit?: ExitReport;
  cancel?: { by: string; reason: string; at: number };
  /** The backstop of a limit: the monitor says that the run is beyond limit, pause and margin. */
  overdue?: { at: number };
  queueExpired?: { at: number };
  /** The cluster's own words. */
  unstartable?: { words: string };
  lost?: { words: string };
  storage?: { words: string };
  quarantined?: { words: string };
}

export const verdictStatuses = ['completed', 'failed', 'timed_out', 'cancelled', 'errored'] as const;
export type VerdictStatus = (typeof verdictStatuses)[number];

export interface Verdict {
  status: VerdictStatus;
  reason: Reason;
  /** One sentence for people. */
  message: string;
  errorType: ExecutionErrorType | null;
  exitCode: number | null;
}

/** An attempt that is over, kept for the view; the verdict sees only the last attempt's evidence. */
export interface PastAttempt {
  number: number;
  podName: string | null;
  startedAt: number | null;
  endedAt: number;
  evidence: Evidence;
}

export interface Runtime {
  language: string;
  version: string;
}

/** What a run was asked to be; stored apart as `inputs/{id}`, never rewritten. */
export interface RunInput {
  script: string;
  runtime: Runtime;
  args: string[];
  files: { path: string; base64: string }[];
  env: Record<string, string>;
  /** `closed`: end of file at once. `given`: the input log holds all of it. `open`: more may come while it runs. */
  stdin: 'closed' | 'given' | 'open';
  limits: Limits;
}
