// The border between a record's JSON and an execution's types. `step` has checked the JSON against the schema.
import type { JsonObject } from '#src/domain/json.ts';
import type { Snapshot } from '#src/domain/saga-record.ts';
import type { ExecutionContext } from './context.ts';
import type { ExecutionEffect } from './effects.ts';

export const contextOf = (snapshot: Snapshot): ExecutionContext =>
  snapshot.context as unknown as ExecutionContext;

export const toJson = (context: ExecutionContext): JsonObject => context as unknown as JsonObject;

export const toEffects = (effects: readonly ExecutionEffect[]) =>
  effects.map((effect) =>
    effect.type === 'armTimer' ? effect : { type: effect.type, payload: effect.payload as JsonObject },
  );
