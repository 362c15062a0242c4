// What each event carries. Field names are those of the published interface (snake_case); `attempt` and the fields
// marked (ours) are additions to the original's. Scripts and whole outputs never travel in events.
import { type Static, Type } from '@sinclair/typebox';
import { errorTypes, exitCauses, priorities } from './execution.ts';
import { integer, nullable, oneOf } from './schema.ts';

const text = Type.String();
const optionalText = nullable(text);
const count = integer({ minimum: 0 });
const priority = oneOf(priorities);
const errorType = oneOf(errorTypes);
const texts = Type.Array(text);
const moment = text;
const object = Type.Object;

export const usageSchema = object({
  wallMs: Type.Number(),
  cpuMs: Type.Number(),
  memoryPeakBytes: Type.Number(),
});

export const exitReportSchema = object({
  cause: oneOf(exitCauses),
  exitCode: nullable(integer()),
  signal: nullable(integer()),
  usage: usageSchema,
  stdoutBytes: count,
  stderrBytes: count,
  truncated: Type.Boolean(),
  detail: optionalText,
});

export const resultSummarySchema = object({
  last: integer({ minimum: -1 }),
  stdoutBytes: count,
  stderrBytes: count,
  truncated: Type.Boolean(),
  sha256: text,
  artifacts: Type.Array(object({ name: text, contentType: text, sizeBytes: count })),
  preview: object({ stdout: text, stderr: text }),
});

const resourceUsage = object({
  execution_time_wall_seconds: Type.Number(),
  cpu_time_jiffies: count,
  clk_tck_hertz: count,
  peak_memory_kb: count,
});

const ofRun = { execution_id: text };
const ofAttempt = { ...ofRun, attempt: integer({ minimum: 1 }) };
const ofPod = { ...ofAttempt, pod_name: text };
const ofSaga = { saga_id: text, saga_name: text, ...ofRun };
const previews = { stdout: text, stderr: text };
const request = {
  language: text,
  language_version: text,
  timeout_seconds: Type.Number(),
  cpu_limit: text,
  memory_limit: text,
  cpu_request: text,
  memory_request: text,
  priority,
};
const container = object({ name: text, ready: Type.Boolean(), restart_count: count, state: text });
const account = { user_id: text };
const ofRemoval = { removal_id: text, ...account, number: integer({ minimum: 1 }) };
const signIn = { ...account, login_method: text, ip_address: optionalText, user_agent: optionalText };
const letter = { dlq_event_id: text, original_topic: text, original_event_type: text };
const ofRedrive = { dlq_event_id: text, redrive: integer({ minimum: 1 }) };
const notification = { notification_id: text, ...account };

/** One schema per event type: the only list of types that there is. */
export const eventPayloads = {
  execution_requested: object({ ...ofRun, ...account, ...request }),
  execution_accepted: object({
    ...ofRun,
    queue_position: count,
    estimated_wait_seconds: nullable(Type.Number()),
    priority,
  }),
  execution_queued: object({
    ...ofAttempt,
    position_in_queue: nullable(count),
    estimated_start_time: nullable(moment),
  }),
  execution_started: object({ ...ofPod, node_name: optionalText, container_id: optionalText }),
  execution_running: object({ ...ofPod, progress_percentage: nullable(count) }),
  execution_completed: object({
    ...ofAttempt,
    exit_code: integer(),
    resource_usage: nullable(resourceUsage),
    ...previews,
  }),
  execution_failed: object({
    ...ofAttempt,
    exit_code: integer(),
    error_type: errorType,
    resource_usage: nullable(resourceUsage),
    ...previews,
  }),
  execution_timeout: object({
    ...ofAttempt,
    timeout_seconds: Type.Number(),
    resource_usage: nullable(resourceUsage),
    ...previews,
  }),
  execution_cancelled: object({ ...ofAttempt, cancelled_by: text, force_terminated: Type.Boolean() }),
  execution_cancel_requested: object({ ...ofRun, requested_by: text, reason: text }),
  execution_priority_changed: object({ ...ofRun, priority, changed_by: text }),
  execution_queue_expired: object({ ...ofAttempt }),
  create_pod_command: object({ saga_id: text, ...ofAttempt, ...request }),
  delete_pod_command: object({
    saga_id: text,
    ...ofAttempt,
    reason: text,
    force: Type.Boolean(),
    grace_ms: count,
  }),
  inspect_pod_command: object({ ...ofAttempt }),
  store_result_command: object({ ...ofAttempt, last: nullable(integer({ minimum: -1 })) }),
  allocate_resources_command: object({
    ...ofAttempt,
    slot: integer(),
    cpu_request: text,
    memory_request: text,
  }),
  release_resources_command: object({
    ...ofAttempt,
    slot: integer(),
    cpu_request: text,
    memory_request: text,
  }),
  pod_created: object({ ...ofPod, namespace: text, warm: Type.Boolean() }),
  pod_scheduled: object({ ...ofPod, node_name: text }),
  pod_running: object({ ...ofPod, container_statuses: Type.Array(container) }),
  pod_succeeded: object({ ...ofPod, exit_code: integer(), stdout: optionalText, stderr: optionalText }),
  pod_failed: object({
    ...ofPod,
    exit_code: integer(),
    reason: optionalText,
    message: optionalText,
    stdout: optionalText,
    stderr: optionalText,
  }),
  pod_terminated: object({
    ...ofPod,
    exit_code: integer(),
    reason: optionalText,
    message: optionalText,
    /** (ours) The exit frame; `last` is its number. */
    exit: exitReportSchema,
    last: integer({ minimum: 0 }),
  }),
  pod_deleted: object({ ...ofPod, reason: optionalText }),
  pod_lost: object({ ...ofAttempt, words: text, by_our_drain: Type.Boolean() }),
  pod_unstartable: object({ ...ofAttempt, words: text, retryable: Type.Boolean() }),
  pod_overdue: object({ ...ofAttempt }),
  result_sealed: object({ ...ofAttempt, exit: nullable(exitReportSchema), summary: resultSummarySchema }),
  result_stored: object({ ...ofAttempt, storage_type: optionalText, storage_path: text, size_bytes: count }),
  result_failed: object({ ...ofAttempt, storage_type: optionalText, words: text }),
  effect_failed: object({ ...ofAttempt, effect: text, words: text }),
  saga_started: object({ ...ofSaga, initial_event_id: text }),
  saga_completed: object({ ...ofSaga, completed_steps: texts }),
  saga_failed: object({ ...ofSaga, failed_step: text, error: text }),
  saga_cancelled: object({
    ...ofSaga,
    reason: text,
    completed_steps: texts,
    compensated_steps: texts,
    cancelled_at: nullable(moment),
    cancelled_by: optionalText,
  }),
  saga_compensating: object({ ...ofSaga, compensating_step: text }),
  saga_compensated: object({ ...ofSaga, compensated_steps: texts }),
  /** (ours) Turns that leave a record for the history collection. */
  saga_turns_archived: object({ saga_id: text, saga_name: text, turns: Type.Array(Type.Unknown()) }),
  user_registered: object({ ...account, username: text, email: text }),
  /** The original's older name of user_logged_in: readable, never produced. */
  user_login: object(signIn),
  user_logged_in: object(signIn),
  user_logged_out: object({ ...account, logout_reason: optionalText }),
  user_updated: object({ ...account, updated_fields: texts, updated_by: optionalText }),
  /** (ours) Of one question of an account's removal; `number` comes back with the answer. */
  close_account_command: object({ ...ofRemoval }),
  remove_account_command: object({ ...ofRemoval, attempts_name: text }),
  user_deleted: object({ ...account, deleted_by: optionalText, reason: optionalText }),
  user_settings_updated: object({ ...account, changed_fields: texts, reason: optionalText }),
  notification_created: object({
    ...notification,
    subject: text,
    body: text,
    severity: text,
    tags: texts,
    channels: texts,
  }),
  notification_sent: object({ ...notification, channel: text, sent_at: moment }),
  notification_delivered: object({ ...notification, channel: text, delivered_at: moment }),
  notification_failed: object({ ...notification, channel: text, error: text, retry_count: count }),
  notification_read: object({ ...notification, read_at: moment }),
  notification_all_read: object({ ...account, count, read_at: moment }),
  notification_clicked: object({ ...notification, clicked_at: moment, action: optionalText }),
  notification_preferences_updated: object({ ...account, changed_fields: texts }),
  script_saved: object({ script_id: text, ...account, title: text, language: text }),
  script_deleted: object({ script_id: text, ...account, deleted_by: optionalText }),
  script_shared: object({ script_id: text, shared_by: text, shared_with: texts, permissions: text }),
  security_violation: object({
    user_id: optionalText,
    violation_type: text,
    details: text,
    ip_address: optionalText,
  }),
  rate_limit_exceeded: object({ user_id: optionalText, endpoint: text, limit: count, window_seconds: count }),
  auth_failed: object({ username: optionalText, reason: text, ip_address: optionalText }),
  resource_limit_exceeded: object({
    resource_type: text,
    limit: Type.Number(),
    requested: Type.Number(),
    user_id: optionalText,
  }),
  quota_exceeded: object({ quota_type: text, limit: count, current_usage: count, ...account }),
  system_error: object({ error_type: text, message: text, service_name: text, stack_trace: optionalText }),
  service_unhealthy: object({ service_name: text, health_check: text, reason: text }),
  service_recovered: object({ service_name: text, health_check: text, downtime_seconds: count }),
  dlq_message_received: object({
    ...letter,
    error: text,
    retry_count: count,
    producer_id: text,
    failed_at: moment,
    /** (ours) The consumers that failed, and which redrive it was that failed: 0 for the message itself. */
    group: text,
    redrive: count,
    /** (ours) The whole message, so that a redrive can send it again. */
    message: Type.Unknown(),
  }),
  dlq_message_retried: object({ ...letter, retry_count: count, retry_topic: text }),
  dlq_message_discarded: object({ ...letter, reason: text, retry_count: count }),
  /** (ours) Send the letter's message again; and: those who had failed have taken it now. */
  redrive_message_command: object({ ...ofRedrive }),
  dlq_message_handled: object({ ...ofRedrive }),
} as const;

export type EventPayloads = { [Type in keyof typeof eventPayloads]: Static<(typeof eventPayloads)[Type]> };
