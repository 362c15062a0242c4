// What is said about a message that had to be given up. Ids derive from the message, so that saying it twice is once.
import { isDomainError } from '#src/domain/errors.ts';
import type { DomainEvent, EventMetadata, EventOf } from '#src/domain/events.ts';
import { wordsOf } from './failure.ts';

export interface GivenUp {
  event: DomainEvent;
  error: unknown;
  tries: number;
  /** The consumer's group. */
  group: string;
  serviceVersion: string;
  at: number;
}

/** The dead letter, the alarm and, for a command, the news for the run that waits for it. */
export function lastWords(given: GivenUp): DomainEvent[] {
  const { event, error, tries, group, serviceVersion, at } = given;
  const metadata: EventMetadata = { ...event.metadata, service: group, serviceVersion };
  const id = `${event.id}/dead/${group}`;
  const letter: EventOf<'dlq_message_received'> = {
    id,
    type: 'dlq_message_received',
    at,
    key: event.key,
    payload: {
      dlq_event_id: id,
      original_topic: event.type,
      original_event_type: event.type,
      error: wordsOf(error),
      retry_count: Math.max(0, tries - 1),
      producer_id: event.metadata.service,
      failed_at: new Date(at).toISOString(),
      message: event,
    },
    metadata,
  };
  const alarm: EventOf<'system_error'> = {
    id: `${id}/alarm`,
    type: 'system_error',
    at,
    key: event.key,
    payload: { error_type: 'dead_letter', message: wordsOf(error), service_name: group, stack_trace: null },
    metadata,
  };
  const failure = effectFailed(given, `${id}/effect`, metadata);
  return failure === null ? [letter, alarm] : [letter, alarm, failure];
}

function effectFailed(given: GivenUp, id: string, metadata: EventMetadata): EventOf<'effect_failed'> | null {
  const { event, error, at } = given;
  if (!event.type.endsWith('_command')) return null;
  const { execution_id: execution, attempt } = partsOf(event.payload);
  if (typeof execution !== 'string' || typeof attempt !== 'number') return null;
  // Shown to the run's owner, so only words that are meant to be shown.
  const words = isDomainError(error) ? error.message : 'The platform could not carry out a step of this run';
  const payload = { execution_id: execution, attempt, effect: event.type, words };
  return { id, type: 'effect_failed', at, key: event.key, payload, metadata };
}

/** The payload may be a poisoned one: nothing about it is sure. */
const partsOf = (payload: object): { execution_id?: unknown; attempt?: unknown } => payload;
