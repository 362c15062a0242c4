// What an execution asks for. Every effect but the timers is an event on the bus, with that event's payload.
import type { EventType } from '#src/domain/events.ts';
import type { EffectOf } from '../durable.ts';

/** The types an execution may emit; laws check that each really occurs. */
export const executionEffectTypes = [
  'execution_requested',
  'execution_accepted',
  'execution_queued',
  'execution_started',
  'execution_running',
  'execution_completed',
  'execution_failed',
  'execution_timeout',
  'execution_cancelled',
  'execution_cancel_requested',
  'execution_priority_changed',
  'execution_queue_expired',
  'create_pod_command',
  'allocate_resources_command',
  'inspect_pod_command',
  'delete_pod_command',
  'release_resources_command',
  'store_result_command',
  'result_stored',
  'result_failed',
  'resource_limit_exceeded',
  'saga_started',
  'saga_completed',
  'saga_failed',
  'saga_cancelled',
  'saga_compensating',
  'saga_compensated',
] as const satisfies readonly EventType[];
export type ExecutionEffectType = (typeof executionEffectTypes)[number];

export type ExecutionEffect = EffectOf<ExecutionEffectType>;
