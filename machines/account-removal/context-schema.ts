// The shape of a removal's memory as it is read back from a record. What does not fit is quarantined, never guessed at.
import { Type } from '@sinclair/typebox';
import type { Snapshot } from '#src/domain/saga-record.ts';
import { integer, nullable } from '#src/domain/schema.ts';

export const accountRemovalVersion = 1;

const text = Type.String();
const count = integer({ minimum: 0 });

/** By field, so that an abandoned removal can be salvaged field by field. */
export const contextFields = {
  removalId: text,
  userId: text,
  by: text,
  reason: text,
  isAdmin: Type.Boolean(),
  attemptsName: text,
  requestedAt: Type.Number(),
  number: count,
  asked: count,
  closed: Type.Boolean(),
  left: count,
  executions: count,
  documents: count,
  refusal: nullable(text),
} as const;

export const contextSchema = Type.Object(contextFields);

/** By version: turns a snapshot of that version into one of the next. */
export const upcasters: Readonly<Record<number, (snapshot: Snapshot) => Snapshot>> = {};
