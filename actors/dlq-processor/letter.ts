// A dead letter's first entry, from the message that announces it. Pure.
import type { DeadLetter } from '#src/domain/dead-letter.ts';
import { type EventOf, isEventType } from '#src/domain/events.ts';
import type { Json } from '#src/domain/json.ts';

export function letterOf(event: EventOf<'dlq_message_received'>): DeadLetter {
  const { payload, at, key } = event;
  const type = payload.original_event_type;
  return {
    dlqEventId: payload.dlq_event_id,
    originalTopic: payload.original_topic,
    // A type that this version does not know is filed under what announced it; the message itself is kept whole.
    originalEventType: isEventType(type) ? type : event.type,
    key,
    status: 'received',
    error: payload.error,
    retryCount: payload.retry_count,
    producer: payload.producer_id,
    failedAt: at,
    message: jsonOf(payload.message),
    history: [{ at, status: 'received', words: payload.error }],
  };
}

/** It came over the bus, so it is JSON; the round trip proves it. */
const jsonOf = (message: unknown): Json => JSON.parse(JSON.stringify(message ?? null));
