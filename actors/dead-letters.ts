// What is said about a message that had to be given up. Ids derive from the message, so that saying it twice is once.
import { isDomainError } from '#src/domain/errors.ts';
import type { DomainEvent, EventMetadata, EventOf, EventType } from '#src/domain/events.ts';
import { original } from '#src/domain/redrive.ts';
import { fitsLetter } from '#src/domain/sizes.ts';
import { wordsOf } from './failure.ts';

export interface GivenUp {
  event: DomainEvent;
  error: unknown;
  tries: number;
  /** The consumer's group. */
  group: string;
  serviceVersion: string;
  /** It only kept the message: that it could not says nothing of whether the order was carried out. */
  projection: boolean;
  at: number;
}

/**
 * The messages of dead letters themselves: one of them that is given up becomes no letter, because letters about letters
 * would never end. Nothing is lost: the letter's own deadline asks again.
 */
const ofLetters: ReadonlySet<EventType> = new Set([
  'dlq_message_received',
  'redrive_message_command',
  'dlq_message_handled',
]);

export const isOfLetters = ({ type }: DomainEvent): boolean => ofLetters.has(type);

/** The dead letter, the alarm and, for a command, the news for the run that waits for it. */
export function lastWords(given: GivenUp): DomainEvent[] {
  const { event, group } = given;
  const id = `${event.id}/dead/${group}`;
  const alarm = alarmOf(given, id);
  if (isOfLetters(event)) return [alarm];
  const failure = given.projection ? null : effectFailed(given, `${id}/effect`);
  return failure === null ? [letterOf(given, id), alarm] : [letterOf(given, id), alarm, failure];
}

/** A message that was sent again goes back to its own letter. */
function letterOf(given: GivenUp, id: string): EventOf<'dlq_message_received'> {
  const { event, error, tries, group, at } = given;
  const { redrive, service } = event.metadata;
  return {
    id,
    type: 'dlq_message_received',
    at,
    key: event.key,
    payload: {
      dlq_event_id: redrive?.letter ?? id,
      original_topic: event.type,
      original_event_type: event.type,
      error: wordsOf(error),
      retry_count: Math.max(0, tries - 1),
      producer_id: service,
      failed_at: new Date(at).toISOString(),
      group,
      redrive: redrive?.number ?? 0,
      message: kept(original(event)),
    },
    metadata: metadataOf(given),
  };
}

/** What no letter has room for is kept without its payload: it cannot be sent again, and its letter tells what it was. */
const kept = (message: DomainEvent): DomainEvent | Omit<DomainEvent, 'payload'> => {
  if (fitsLetter(message)) return message;
  const { payload: _, ...head } = message;
  return head;
};

const alarmOf = (given: GivenUp, id: string): EventOf<'system_error'> => ({
  id: `${id}/alarm`,
  type: 'system_error',
  at: given.at,
  key: given.event.key,
  payload: {
    error_type: 'dead_letter',
    message: wordsOf(given.error),
    service_name: given.group,
    stack_trace: null,
  },
  metadata: metadataOf(given),
});

function effectFailed(given: GivenUp, id: string): EventOf<'effect_failed'> | null {
  const { event, error, at } = given;
  if (!event.type.endsWith('_command')) return null;
  const { execution_id: execution, attempt } = partsOf(event.payload);
  if (typeof execution !== 'string' || typeof attempt !== 'number') return null;
  // Shown to the run's owner, so only words that are meant to be shown.
  const words = isDomainError(error) ? error.message : 'The platform could not carry out a step of this run';
  const payload = { execution_id: execution, attempt, effect: event.type, words };
  return { id, type: 'effect_failed', at, key: event.key, payload, metadata: metadataOf(given) };
}

/** It is new, whatever the message was: neither part of a replay nor sent again. */
function metadataOf({ event, group, serviceVersion }: GivenUp): EventMetadata {
  const { replayedFrom: _, redrive: __, ...kept } = event.metadata;
  return { ...kept, service: group, serviceVersion };
}

/** The payload may be a poisoned one: nothing about it is sure. */
const partsOf = (payload: object): { execution_id?: unknown; attempt?: unknown } => payload;
