// The border between a record's JSON and a removal's types. `step` has checked the JSON against the schema.
import type { JsonObject } from '#src/domain/json.ts';
import type { Snapshot } from '#src/domain/saga-record.ts';
import type { AccountRemovalContext } from './context.ts';

export const contextOf = (snapshot: Snapshot): AccountRemovalContext =>
  snapshot.context as unknown as AccountRemovalContext;

export const toJson = (context: AccountRemovalContext): JsonObject => context as unknown as JsonObject;
