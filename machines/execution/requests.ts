// The commands and announcements of a run that is under way, as plain effects. Pure: context in, effects out.
import type { Priority } from '#src/domain/execution.ts';
import type { ExecutionContext } from './context.ts';
import type { ExecutionEffect } from './effects.ts';
import type { ExecutionEvents } from './events.ts';

export const sagaName = 'execution';

/** How long a script that is told to stop may take before it is killed. */
export const graceMs = 2_000;

export const ofRun = (context: ExecutionContext) => ({ execution_id: context.executionId });

export const ofAttempt = (context: ExecutionContext) => ({
  execution_id: context.executionId,
  attempt: context.attempt,
});

export const ofSaga = (context: ExecutionContext) => ({
  saga_id: context.executionId,
  saga_name: sagaName,
  execution_id: context.executionId,
});

export function acceptance(
  context: ExecutionContext,
  cause: string,
  queuePosition: number,
): ExecutionEffect[] {
  return [
    {
      type: 'execution_requested',
      payload: { ...ofRun(context), user_id: context.userId, ...asked(context) },
    },
    { type: 'saga_started', payload: { ...ofSaga(context), initial_event_id: cause } },
    {
      type: 'execution_accepted',
      payload: {
        ...ofRun(context),
        queue_position: queuePosition,
        estimated_wait_seconds: null,
        priority: context.priority,
      },
    },
  ];
}

export const queued = (context: ExecutionContext): ExecutionEffect => ({
  type: 'execution_queued',
  payload: { ...ofAttempt(context), position_in_queue: null, estimated_start_time: null },
});

export const allocateResources = (context: ExecutionContext): ExecutionEffect => ({
  type: 'allocate_resources_command',
  payload: { ...ofAttempt(context), slot: slotOf(context, context.attempt), ...shares(context) },
});

export const createPod = (context: ExecutionContext): ExecutionEffect => ({
  type: 'create_pod_command',
  payload: { saga_id: context.executionId, ...ofAttempt(context), ...asked(context) },
});

export const inspectPod = (context: ExecutionContext): ExecutionEffect => ({
  type: 'inspect_pod_command',
  payload: ofAttempt(context),
});

export const started = (context: ExecutionContext): ExecutionEffect => ({
  type: 'execution_started',
  payload: { ...ofAttempt(context), pod_name: context.podName ?? '', node_name: null, container_id: null },
});

export const running = (context: ExecutionContext): ExecutionEffect => ({
  type: 'execution_running',
  payload: { ...ofAttempt(context), pod_name: context.podName ?? '', progress_percentage: null },
});

export const cancelRequested = (
  context: ExecutionContext,
  event: ExecutionEvents['CANCEL_REQUESTED'],
): ExecutionEffect => ({
  type: 'execution_cancel_requested',
  payload: { ...ofRun(context), requested_by: event.by, reason: event.reason },
});

export const priorityChanged = (
  context: ExecutionContext,
  event: ExecutionEvents['PRIORITY_CHANGED'],
): ExecutionEffect => ({
  type: 'execution_priority_changed',
  payload: { ...ofRun(context), priority: event.priority satisfies Priority, changed_by: event.by },
});

export const queueExpired = (context: ExecutionContext): ExecutionEffect => ({
  type: 'execution_queue_expired',
  payload: ofAttempt(context),
});

export const storeResult = (context: ExecutionContext): ExecutionEffect => ({
  type: 'store_result_command',
  payload: { ...ofAttempt(context), last: context.last },
});

type DeleteReason = 'cancelled' | 'overdue' | 'lost' | 'ended';

export const deletePod = (
  context: ExecutionContext,
  attempt: number,
  reason: DeleteReason,
  force: boolean,
): ExecutionEffect => ({
  type: 'delete_pod_command',
  payload: {
    saga_id: context.executionId,
    ...ofRun(context),
    attempt,
    reason,
    force,
    grace_ms: force ? 0 : graceMs,
  },
});

/** Said with the slots as they were before the attempt was taken out of them. */
export const releaseResources = (context: ExecutionContext, attempt: number): ExecutionEffect => ({
  type: 'release_resources_command',
  payload: { ...ofRun(context), attempt, slot: slotOf(context, attempt), ...shares(context) },
});

const slotOf = (context: ExecutionContext, attempt: number): number => context.slots[String(attempt)] ?? 0;

const shares = ({ limits }: ExecutionContext) => ({
  cpu_request: cpuQuantity(limits.cpuMillis),
  memory_request: memoryQuantity(limits.memoryBytes),
});

const asked = (context: ExecutionContext) => ({
  language: context.runtime.language,
  language_version: context.runtime.version,
  timeout_seconds: context.limits.timeoutMs / 1000,
  cpu_limit: cpuQuantity(context.limits.cpuMillis),
  memory_limit: memoryQuantity(context.limits.memoryBytes),
  ...shares(context),
  priority: context.priority,
});

const cpuQuantity = (cpuMillis: number): string => `${cpuMillis}m`;

/** In the largest unit that says it exactly. */
function memoryQuantity(memoryBytes: number): string {
  if (memoryBytes % 1024 ** 2 === 0) return `${memoryBytes / 1024 ** 2}Mi`;
  if (memoryBytes % 1024 === 0) return `${memoryBytes / 1024}Ki`;
  return `${memoryBytes}`;
}
