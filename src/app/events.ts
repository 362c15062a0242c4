// Events that use cases produce; they travel in the outbox of the change that they tell of.

import type { EventPayloads } from '#src/domain/event-payloads.ts';
import type { DomainEvent, EventType } from '#src/domain/events.ts';
import type { Clock, Ids } from '#src/ports/clock.ts';

/** `key` orders an event among others: an execution's or a user's id. */
export type MakeEvent = <Type extends EventType>(
  type: Type,
  key: string,
  payload: EventPayloads[Type],
  options?: { userId?: string; id?: string },
) => DomainEvent;

export function eventMaker(clock: Clock, ids: Ids, serviceVersion: string): MakeEvent {
  return (type, key, payload, { userId, id = ids.next() } = {}) =>
    ({
      id,
      type,
      at: clock.now(),
      key,
      payload,
      metadata: { service: 'api', serviceVersion, ...(userId === undefined ? {} : { userId }) },
    }) as DomainEvent;
}
