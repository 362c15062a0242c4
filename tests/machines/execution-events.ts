// Events of an execution as its tests write them: short, with sane values for what a test does not care about.
import type { EventPayloads } from '#src/domain/event-payloads.ts';
import type { ExitReport, Priority, ResultSummary } from '#src/domain/execution.ts';
import type { JsonObject } from '#src/domain/json.ts';

export type Incoming = JsonObject & { type: string };

export const input = {
  executionId: 'run-1',
  userId: 'user-1',
  runtime: { language: 'python', version: '3.11' },
  limits: {
    timeoutMs: 10_000,
    memoryBytes: 512 * 1024 ** 2,
    cpuMillis: 1_000,
    processesMax: 64,
    diskBytes: 64 * 1024 ** 2,
    outputBytes: 1024 ** 2,
  },
  priority: 'normal' satisfies Priority,
  stdinOpen: false,
  queuePosition: 2,
};

export const exit = (overrides: Partial<ExitReport> = {}): ExitReport => ({
  cause: 'exited',
  exitCode: 0,
  signal: null,
  usage: { wallMs: 120, cpuMs: 80, memoryPeakBytes: 9_000_000 },
  stdoutBytes: 5,
  stderrBytes: 0,
  truncated: false,
  detail: null,
  ...overrides,
});

export const summary = (overrides: Partial<ResultSummary> = {}): ResultSummary => ({
  last: 3,
  stdoutBytes: 5,
  stderrBytes: 0,
  truncated: false,
  sha256: 'ab'.repeat(32),
  artifacts: [],
  preview: { stdout: 'done\n', stderr: '' },
  ...overrides,
});

const json = (value: object): JsonObject => JSON.parse(JSON.stringify(value));

export const admitted = (attempt = 1, slot = attempt): Incoming => ({ type: 'ADMITTED', attempt, slot });
export const queueExpired = (attempt = 1): Incoming => ({ type: 'QUEUE_EXPIRED', attempt });
export const priorityChanged = (priority: Priority = 'high'): Incoming => ({
  type: 'PRIORITY_CHANGED',
  priority,
  by: 'admin-1',
});
export const cancelRequested = (): Incoming => ({
  type: 'CANCEL_REQUESTED',
  by: 'user-1',
  reason: 'changed my mind',
});
export const podCreated = (attempt = 1): Incoming => ({
  type: 'POD_CREATED',
  attempt,
  podName: `pod-${attempt}`,
});
export const podRunning = (attempt = 1): Incoming => ({
  type: 'POD_RUNNING',
  attempt,
  podName: `pod-${attempt}`,
});
export const podExited = (overrides: Partial<ExitReport> = {}, attempt = 1): Incoming => ({
  type: 'POD_EXITED',
  attempt,
  exit: json(exit(overrides)),
  last: 3,
});
export const podLost = (attempt = 1, byOurDrain = false): Incoming => ({
  type: 'POD_LOST',
  attempt,
  words: 'Evicted: the node ran low on memory',
  byOurDrain,
});
export const podUnstartable = (attempt = 1, retryable = true): Incoming => ({
  type: 'POD_UNSTARTABLE',
  attempt,
  words: retryable ? 'Unschedulable: 0/3 nodes are available' : 'ErrImagePull: manifest unknown',
  retryable,
});
export const podOverdue = (attempt = 1): Incoming => ({ type: 'POD_OVERDUE', attempt });
export const podDeleted = (attempt = 1): Incoming => ({ type: 'POD_DELETED', attempt });
export const resultSealed = (sealed: ExitReport | null = null, attempt = 1): Incoming => ({
  type: 'RESULT_SEALED',
  attempt,
  exit: sealed === null ? null : json(sealed),
  summary: json(summary()),
});
export const resultFailed = (attempt = 1): Incoming => ({
  type: 'RESULT_FAILED',
  attempt,
  words: 'the store refused the write',
});
export const effectFailed = (effect: keyof EventPayloads, attempt = 1): Incoming => ({
  type: 'EFFECT_FAILED',
  attempt,
  effect,
  words: 'given up after 5 tries',
});
export const deadline = (): Incoming => ({ type: 'TIMER_FIRED', name: 'deadline' });

/** Everything that could come in any order, for the present attempt, an earlier one and one that is not yet. */
export function everyEvent(attempt: number): Incoming[] {
  const ofRun = [cancelRequested(), priorityChanged(), deadline()];
  const attempts = [attempt - 1, attempt, attempt + 1].filter((number) => number > 0);
  return [...ofRun, ...attempts.flatMap(ofAttempt)];
}

const ofAttempt = (attempt: number): Incoming[] => [
  admitted(attempt),
  queueExpired(attempt),
  podCreated(attempt),
  podRunning(attempt),
  podExited({}, attempt),
  podExited({ cause: 'stopped', exitCode: null, signal: 15 }, attempt),
  podExited({ cause: 'out_of_memory', exitCode: null, signal: 9 }, attempt),
  podLost(attempt),
  podLost(attempt, true),
  podUnstartable(attempt, true),
  podUnstartable(attempt, false),
  podOverdue(attempt),
  podDeleted(attempt),
  resultSealed(null, attempt),
  resultSealed(exit({ cause: 'timed_out', exitCode: null, signal: 9 }), attempt),
  resultFailed(attempt),
  effectFailed('create_pod_command', attempt),
  effectFailed('store_result_command', attempt),
];
