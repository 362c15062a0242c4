// What the kernel needs to know of a durable machine: everything by name, nothing by instance.
import type { TSchema } from '@sinclair/typebox';
import type { AnyStateMachine } from 'xstate';
import { type EventPayloads, eventPayloads } from '#src/domain/event-payloads.ts';
import type { EventType } from '#src/domain/events.ts';
import type { JsonObject } from '#src/domain/json.ts';
import type { Fields, SagaRecord, Snapshot } from '#src/domain/saga-record.ts';
import type { ArmTimer } from './deadline.ts';

/** What a machine asks for: an event for the bus, or a timer of its record. */
export type Effect = { type: EventType; payload: JsonObject } | ArmTimer;

/** What one machine may ask for: these events, each with its payload, and timers. */
export type EffectOf<Types extends EventType> =
  | { [Type in Types]: { type: Type; payload: EventPayloads[Type] } }[Types]
  | ArmTimer;

export const effectSchemas = (types: readonly EventType[]): Record<string, TSchema> =>
  Object.fromEntries(types.map((type) => [type, eventPayloads[type]]));

export interface Stepped {
  snapshot: Snapshot;
  effects: Effect[];
}

export interface DurableMachine {
  name: string;
  /** Raised with every change of the context's shape or of the states' meaning. */
  version: number;
  machine: AnyStateMachine;
  contextSchema: TSchema;
  /** What a restored copy does with an unfinished record: it is ended as lost, or goes on where it was. */
  restored: 'ended' | 'kept';
  /** By event type; the whole input alphabet. */
  events: Readonly<Record<string, TSchema>>;
  /** By effect type: schema of its payload. */
  effects: Readonly<Record<string, TSchema>>;
  /** By version: turns a snapshot of that version into one of the next. Total and pure. */
  upcasters: Readonly<Record<number, (snapshot: Snapshot) => Snapshot>>;
  /** Events that a state leaves unanswered on purpose. */
  ignored: Readonly<Record<string, readonly string[]>>;
  /** Indexed fields that lists and views read. */
  fields(snapshot: Snapshot): Fields;
  /** Values that no other record may hold: one slot per held attempt. */
  uniques(snapshot: Snapshot): string[];
  /**
   * What becomes of a record whose quarantine is over: it is built without stepping, because the record could not be stepped,
   * and believes nothing that it did not check. The outcome must be one that can be stepped again, or final.
   * `lostWords`: why it is given up from outside, with proof that nothing which it held exists any more: it is then final.
   */
  abandon(record: SagaRecord, at: number, lostWords?: string): Stepped;
}
