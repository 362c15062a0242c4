// What is known of an end, in the interface's field names; only what there is. Pure.
import type { Evidence, ExitReport, Limits, Reason } from '#src/domain/execution.ts';
import { formatCpu, formatMemory } from '#src/domain/quantities.ts';

export interface EvidenceView {
  limits: { timeout_seconds: number; memory: string; cpu: string; output_bytes: number };
  exit?: {
    cause: string;
    exit_code: number | null;
    signal: number | null;
    detail: string | null;
    wall_seconds: number;
    cpu_seconds: number;
    peak_memory_bytes: number;
    stdout_bytes: number;
    stderr_bytes: number;
    truncated: boolean;
  };
  cancel?: { by: string; reason: string; at: string };
  overdue_at?: string;
  queue_expired_at?: string;
  /** The cluster's own words. */
  unstartable?: string;
  lost?: string;
  storage?: string;
  quarantined?: string;
}

export function evidenceView(evidence: Evidence, limits: Limits): EvidenceView {
  const { exit, cancel, overdue, queueExpired, unstartable, lost, storage, quarantined } = evidence;
  return {
    limits: {
      timeout_seconds: limits.timeoutMs / 1_000,
      memory: formatMemory(limits.memoryBytes),
      cpu: formatCpu(limits.cpuMillis),
      output_bytes: limits.outputBytes,
    },
    ...(exit && { exit: exitView(exit) }),
    ...(cancel && { cancel: { ...cancel, at: new Date(cancel.at).toISOString() } }),
    ...(overdue && { overdue_at: new Date(overdue.at).toISOString() }),
    ...(queueExpired && { queue_expired_at: new Date(queueExpired.at).toISOString() }),
    ...(unstartable && { unstartable: unstartable.words }),
    ...(lost && { lost: lost.words }),
    ...(storage && { storage: storage.words }),
    ...(quarantined && { quarantined: quarantined.words }),
  };
}

const exitView = (exit: ExitReport): NonNullable<EvidenceView['exit']> => ({
  cause: exit.cause,
  exit_code: exit.exitCode,
  signal: exit.signal,
  detail: exit.detail,
  wall_seconds: exit.usage.wallMs / 1_000,
  cpu_seconds: exit.usage.cpuMs / 1_000,
  peak_memory_bytes: exit.usage.memoryPeakBytes,
  stdout_bytes: exit.stdoutBytes,
  stderr_bytes: exit.stderrBytes,
  truncated: exit.truncated,
});

/** Why an attempt was given up for another: it never could start, or the platform lost it. */
export const lossOf = (evidence: Evidence): Reason =>
  evidence.unstartable === undefined ? 'lost' : 'could_not_start';
