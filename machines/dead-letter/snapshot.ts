// The border between a record's JSON and a letter's types. `step` has checked the JSON against the schema.
import type { JsonObject } from '#src/domain/json.ts';
import type { Snapshot } from '#src/domain/saga-record.ts';
import type { DeadLetterContext } from './context.ts';

export const contextOf = (snapshot: Snapshot): DeadLetterContext =>
  snapshot.context as unknown as DeadLetterContext;

export const toJson = (context: DeadLetterContext): JsonObject => context as unknown as JsonObject;
