// Events for the contract suites: small, of three topics that carry the same payload.
import type { DomainEvent } from '#src/domain/events.ts';

export const sampleTopics = ['inspect_pod_command', 'pod_overdue', 'execution_queue_expired'] as const;
export type SampleTopic = (typeof sampleTopics)[number];

export const sampleEvent = (
  id: string,
  key: string,
  type: SampleTopic = 'inspect_pod_command',
  at = 1_000,
): DomainEvent => ({
  id,
  type,
  at,
  key,
  payload: { execution_id: key, attempt: 1 },
  metadata: { service: 'contract', serviceVersion: '1.0.0' },
});
