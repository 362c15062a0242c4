// A dead message sent again. It is no replay: whoever failed must take it now, and nobody else, for all others took it long
// ago. Its id tells which time it is, so that sending it twice is once.
import { Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { type DomainEvent, isEventType, type Redrive } from './events.ts';
import { withoutSuffix } from './ids.ts';
import type { Json } from './json.ts';

/** What a bus can carry; the payload may be a poisoned one. */
const messageSchema = Type.Object({
  id: Type.String(),
  type: Type.String(),
  at: Type.Number(),
  key: Type.String(),
  payload: Type.Unknown(),
  metadata: Type.Object({ service: Type.String(), serviceVersion: Type.String() }),
});

/** The message as it is sent again; null for one that no bus of this version can carry. */
export function redriven(message: Json, redrive: Redrive): DomainEvent | null {
  if (!Value.Check(messageSchema, message) || !isEventType(message.type)) return null;
  const { id, type, at, key, payload, metadata } = message;
  const again = {
    id: `${id}${suffixOf(redrive)}`,
    type,
    at,
    key,
    payload,
    metadata: { ...metadata, redrive },
  };
  // Its consumer checks the payload against the type, as with every message.
  return again as unknown as DomainEvent;
}

/** The message as it was before any redrive. */
export function original(event: DomainEvent): DomainEvent {
  const { redrive, ...metadata } = event.metadata;
  if (redrive === undefined) return event;
  const id = withoutSuffix(event.id, suffixOf(redrive));
  return { ...event, id, metadata } as DomainEvent;
}

/** A redriven message is only for those who failed. */
export const isForGroup = ({ metadata: { redrive } }: DomainEvent, group: string): boolean =>
  redrive === undefined || redrive.group === group;

const suffixOf = ({ number }: Redrive): string => `/redrive/${number}`;
