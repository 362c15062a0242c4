// What is told of a run's end, as plain effects: the one terminal event, the result, and what is given back. Pure.
import type { ExitReport, Reason, Verdict } from '#src/domain/execution.ts';
import type { ExecutionContext } from './context.ts';
import type { ExecutionEffect } from './effects.ts';
import { deletePod, ofAttempt, ofSaga } from './requests.ts';
import { cpuLimitMs } from './sentences.ts';
import { compensations, completedSteps, steps } from './steps.ts';
import { limitReasons } from './verdict.ts';

/** Everything that is said on entering `ending`, in this order. */
export function ending(context: ExecutionContext, verdict: Verdict): ExecutionEffect[] {
  const effects: ExecutionEffect[] = [];
  if (context.held.length > 0) {
    const [compensating_step] = compensations;
    effects.push({ type: 'saga_compensating', payload: { ...ofSaga(context), compensating_step } });
  }
  effects.push(terminal(context, verdict));
  if (limitReasons.includes(verdict.reason)) effects.push(limitExceeded(context, verdict.reason));
  effects.push(result(context));
  for (const attempt of context.held) effects.push(deletePod(context, attempt, 'ended', false));
  return effects;
}

/** Said once the last pod is proved gone. */
export const compensated = (context: ExecutionContext): ExecutionEffect => ({
  type: 'saga_compensated',
  payload: { ...ofSaga(context), compensated_steps: [...compensations] },
});

/** The saga's own last word, on entering a final state. */
export function sagaOver(context: ExecutionContext, verdict: Verdict): ExecutionEffect {
  const { completed, compensated } = steps(verdict.status, context);
  if (verdict.status === 'completed') {
    return { type: 'saga_completed', payload: { ...ofSaga(context), completed_steps: completed } };
  }
  if (verdict.status !== 'cancelled') {
    const failed_step = failedStep(context, verdict.reason);
    return { type: 'saga_failed', payload: { ...ofSaga(context), failed_step, error: verdict.message } };
  }
  const cancel = context.evidence.cancel;
  return {
    type: 'saga_cancelled',
    payload: {
      ...ofSaga(context),
      reason: cancel?.reason ?? '',
      completed_steps: completed,
      compensated_steps: compensated,
      cancelled_at: cancel === undefined ? null : new Date(cancel.at).toISOString(),
      cancelled_by: cancel?.by ?? null,
    },
  };
}

function terminal(context: ExecutionContext, verdict: Verdict): ExecutionEffect {
  const { exit, cancel } = context.evidence;
  const ended = { ...ofAttempt(context), resource_usage: resourceUsage(exit), ...previews(context) };
  const exit_code = verdict.exitCode ?? -1;
  switch (verdict.status) {
    case 'completed':
      return { type: 'execution_completed', payload: { ...ended, exit_code } };
    case 'timed_out':
      return {
        type: 'execution_timeout',
        payload: { ...ended, timeout_seconds: context.limits.timeoutMs / 1000 },
      };
    case 'cancelled': {
      const force_terminated = context.startedAt !== null && (exit === undefined || exit.signal === 9);
      return {
        type: 'execution_cancelled',
        payload: { ...ofAttempt(context), cancelled_by: cancel?.by ?? '', force_terminated },
      };
    }
    case 'failed':
    case 'errored': {
      const error_type = verdict.errorType ?? 'system_error';
      return { type: 'execution_failed', payload: { ...ended, exit_code, error_type } };
    }
  }
}

function result(context: ExecutionContext): ExecutionEffect {
  const { storage } = context.evidence;
  if (storage !== undefined || context.result === null) {
    const words = storage?.words ?? 'the output was not sealed';
    return { type: 'result_failed', payload: { ...ofAttempt(context), storage_type: null, words } };
  }
  return {
    type: 'result_stored',
    payload: {
      ...ofAttempt(context),
      storage_type: 'database',
      storage_path: `${context.executionId}:${context.attempt}`,
      size_bytes: context.result.stdoutBytes + context.result.stderrBytes,
    },
  };
}

function limitExceeded(context: ExecutionContext, reason: Reason): ExecutionEffect {
  const { limits, evidence } = context;
  const usage = evidence.exit?.usage;
  const output = (evidence.exit?.stdoutBytes ?? 0) + (evidence.exit?.stderrBytes ?? 0);
  const measures: Partial<Record<Reason, [string, number, number]>> = {
    cpu_limit: ['cpu', cpuLimitMs(limits) / 1000, (usage?.cpuMs ?? 0) / 1000],
    out_of_memory: ['memory', limits.memoryBytes, usage?.memoryPeakBytes ?? 0],
    output_limit: ['output', limits.outputBytes, output],
    disk_full: ['disk', limits.diskBytes, limits.diskBytes],
  };
  const [resource_type, limit, used] = measures[reason] ?? [reason, 0, 0];
  return {
    type: 'resource_limit_exceeded',
    payload: { resource_type, limit, requested: Math.max(limit, used), user_id: context.userId },
  };
}

/** Jiffies of a clock of 100 Hz, as the published interface counts. */
function resourceUsage(exit: ExitReport | undefined) {
  if (exit === undefined) return null;
  return {
    execution_time_wall_seconds: exit.usage.wallMs / 1000,
    cpu_time_jiffies: Math.max(0, Math.round(exit.usage.cpuMs / 10)),
    clk_tck_hertz: 100,
    peak_memory_kb: Math.max(0, Math.round(exit.usage.memoryPeakBytes / 1024)),
  };
}

const previews = (context: ExecutionContext) => ({
  stdout: context.result?.preview.stdout ?? '',
  stderr: context.result?.preview.stderr ?? '',
});

function failedStep(context: ExecutionContext, reason: Reason): string {
  if (reason === 'result_lost') return 'store_result';
  const completed = completedSteps(context);
  if (!completed.includes('allocate_resources')) return 'allocate_resources';
  return completed.includes('create_pod') ? 'monitor_execution' : 'create_pod';
}
