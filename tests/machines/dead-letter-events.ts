// A dead letter and its events as tests write them: short, with sane values for what a test does not care about.
import { contextOf } from '#machines/dead-letter/snapshot.ts';
import { machineNamed } from '#machines/registry.ts';
import { startRecord } from '#machines/step.ts';
import type { RetryPolicy } from '#src/domain/dead-letter.ts';
import type { JsonObject } from '#src/domain/json.ts';
import type { SagaRecord } from '#src/domain/saga-record.ts';
import type { Incoming } from './execution-events.ts';

export const failedAt = 1_000_000;

export const deadMessage: JsonObject = {
  id: 'message-1',
  type: 'pod_overdue',
  at: 900_000,
  key: 'run-1',
  payload: { execution_id: 'run-1', attempt: 1 },
  metadata: { service: 'pod-monitor', serviceVersion: '1' },
};

export function letter(overrides: JsonObject = {}): SagaRecord {
  const machine = machineNamed('dead-letter');
  if (machine === null) throw new Error('the dead-letter machine is not registered');
  const input = {
    letterId: 'letter-1',
    topic: 'pod_overdue',
    eventType: 'pod_overdue',
    key: 'run-1',
    group: 'saga-orchestrator',
    producer: 'pod-monitor',
    message: deadMessage,
    error: 'Error: broken',
    tries: 3,
    failedAt,
    redrives: 0,
    ...overrides,
  };
  return startRecord(machine, { id: 'letter-1', input, cause: 'message-1', at: failedAt });
}

export const policies = {
  immediate: { kind: 'immediate', retriesMax: 2 },
  exponential_backoff: { kind: 'exponential_backoff', firstMs: 1_000, longestMs: 3_000, retriesMax: 5 },
  fixed_interval: { kind: 'fixed_interval', intervalMs: 60_000, retriesMax: 1 },
  scheduled: { kind: 'scheduled', minuteOfDay: 90, retriesMax: 3 },
  manual: { kind: 'manual' },
} as const satisfies Record<RetryPolicy['kind'], RetryPolicy>;

export const policyChosen = (policy: RetryPolicy = policies.manual, redrive = 0): Incoming => ({
  type: 'POLICY_CHOSEN',
  redrive,
  policy: { ...policy },
});
export const retryRequested = (redrive = 1): Incoming => ({
  type: 'RETRY_REQUESTED',
  redrive,
  by: 'admin-1',
  reason: 'mended',
});
export const discardRequested = (): Incoming => ({
  type: 'DISCARD_REQUESTED',
  by: 'admin-1',
  reason: 'of no use',
});
export const redriven = (redrive = 1): Incoming => ({ type: 'REDRIVEN', redrive });
export const handled = (redrive = 1): Incoming => ({ type: 'MESSAGE_HANDLED', redrive });
export const failedAgain = (redrive = 1): Incoming => ({
  type: 'FAILED_AGAIN',
  redrive,
  error: 'Error: still broken',
  tries: 3,
});
export const unsendable = (redrive = 1): Incoming => ({
  type: 'UNSENDABLE',
  redrive,
  words: 'No bus can carry it',
});
export const targetEnded = (redrive = 1): Incoming => ({ type: 'TARGET_ENDED', redrive });
export const asksAgain = (): Incoming => ({ type: 'TIMER_FIRED', name: 'deadline' });

const everyLetterEvent = (redrives: number): Incoming[] => [
  discardRequested(),
  asksAgain(),
  ...Object.values(policies).map((policy) => policyChosen(policy, redrives)),
  ...[redrives - 1, redrives, redrives + 1].filter((number) => number > 0).flatMap(ofRedrive),
];

const ofRedrive = (number: number): Incoming[] => [
  policyChosen(policies.immediate, number),
  retryRequested(number),
  redriven(number),
  handled(number),
  failedAgain(number),
  unsendable(number),
  targetEnded(number),
];

/** For the exploration. */
export const deadLetterSamples = {
  begin: () => [letter(), letter({ redrives: 1 })],
  events: (record: SagaRecord) => everyLetterEvent(contextOf(record.snapshot).redrives),
  key: ({ snapshot }: SagaRecord) => {
    const { redrives, told, policy, nextRetryAt, asked } = contextOf(snapshot);
    return JSON.stringify([snapshot.value, redrives, told, policy?.kind, nextRetryAt !== null, asked > 0]);
  },
  isFarEnough: ({ snapshot }: SagaRecord) =>
    contextOf(snapshot).redrives > 2 || contextOf(snapshot).asked > 2,
};
