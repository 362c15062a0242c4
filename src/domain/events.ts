// Messages between roles: immutable, one type per topic, a discriminated union on `type`.
import { type EventPayloads, eventPayloads } from './event-payloads.ts';

export type EventType = keyof EventPayloads;

export const eventTypes = Object.keys(eventPayloads) as readonly EventType[];

export const isEventType = (text: string): text is EventType => Object.hasOwn(eventPayloads, text);

/** A dead message is sent again, to those who failed. */
export interface Redrive {
  /** Id of the dead letter, to which a next failure goes back. */
  letter: string;
  /** Which redrive of that letter it is, from 1. */
  number: number;
  /** The consumers that could not take the message. */
  group: string;
}

/** A message is sent again a little later, to those who could not take it yet. */
export interface Postponed {
  /** The consumers for whom it is sent again; all others took it the first time. */
  group: string;
  /** How often it was postponed, from 1. */
  round: number;
  /** Nobody tries it earlier, in milliseconds since 1970. */
  notBefore: number;
}

export interface EventMetadata {
  /** The role that produced it. */
  service: string;
  serviceVersion: string;
  userId?: string;
  traceId?: string;
  spanId?: string;
  /** Set on a replay: the id of the event that is sent again. Handlers skip these unless marked as projections. */
  replayedFrom?: string;
  /** Set on a message that waits for a process of a newer version. */
  postponed?: Postponed;
  /** Set on a redrive; unlike a replay, it is never a reason to skip the message. */
  redrive?: Redrive;
}

export interface EventOf<Type extends EventType> {
  /** Derived from what caused it, so that a repetition is the same message. */
  id: string;
  type: Type;
  /** Milliseconds since 1970. */
  at: number;
  /** Execution id; user id for account events. Messages of one key keep their order within a topic. */
  key: string;
  payload: EventPayloads[Type];
  metadata: EventMetadata;
}

export type DomainEvent = { [Type in EventType]: EventOf<Type> }[EventType];
