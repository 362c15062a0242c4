// What the kernel needs to know of a durable machine: everything by name, nothing by instance.
import type { TSchema } from '@sinclair/typebox';
import type { AnyStateMachine } from 'xstate';
import type { JsonObject } from '#src/domain/json.ts';
import type { Fields, Snapshot } from '#src/domain/saga-record.ts';

export interface DurableMachine {
  name: string;
  /** Raised with every change of the context's shape or of the states' meaning. */
  version: number;
  machine: AnyStateMachine;
  contextSchema: TSchema;
  /** By event type; the whole input alphabet. */
  events: Readonly<Record<string, TSchema>>;
  /** By effect type: schema of its payload. */
  effects: Readonly<Record<string, TSchema>>;
  /** By version: turns a context of that version into one of the next. Total and pure. */
  upcasters: Readonly<Record<number, (context: JsonObject) => JsonObject>>;
  /** Events that a state leaves unanswered on purpose. */
  ignored: Readonly<Record<string, readonly string[]>>;
  /** Indexed fields that lists and views read. */
  fields(snapshot: Snapshot): Fields;
  /** Values that no other record may hold: one slot per held attempt. */
  uniques(snapshot: Snapshot): string[];
}
