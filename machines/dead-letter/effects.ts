// What a dead letter asks for. Every effect but the timers is an event on the bus, with that event's payload.
import type { EventType } from '#src/domain/events.ts';
import type { EffectOf } from '../durable.ts';
import type { DeadLetterContext } from './context.ts';

/** The types a letter may emit; laws check that each really occurs. */
export const deadLetterEffectTypes = [
  'redrive_message_command',
  'dlq_message_retried',
  'dlq_message_discarded',
] as const satisfies readonly EventType[];
export type DeadLetterEffect = EffectOf<(typeof deadLetterEffectTypes)[number]>;

const ofLetter = ({ letterId, topic, eventType, redrives }: DeadLetterContext) => ({
  dlq_event_id: letterId,
  original_topic: topic,
  original_event_type: eventType,
  retry_count: redrives,
});

export const redrive = ({ letterId, redrives }: DeadLetterContext): DeadLetterEffect => ({
  type: 'redrive_message_command',
  payload: { dlq_event_id: letterId, redrive: redrives },
});

export const retried = (context: DeadLetterContext): DeadLetterEffect => ({
  type: 'dlq_message_retried',
  payload: { ...ofLetter(context), retry_topic: context.topic },
});

/** Also said of a letter that is closed, because then too nobody will send its message any more. */
export const discarded = (context: DeadLetterContext): DeadLetterEffect => ({
  type: 'dlq_message_discarded',
  payload: { ...ofLetter(context), reason: context.history.at(-1)?.words ?? '' },
});
