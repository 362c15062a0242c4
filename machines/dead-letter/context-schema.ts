// The shape of a dead letter's memory as it is read back from a record. What does not fit is quarantined, never guessed at.
import { Type } from '@sinclair/typebox';
import { retryPolicySchema } from '#src/domain/dead-letter.ts';
import type { Snapshot } from '#src/domain/saga-record.ts';
import { integer, nullable, oneOf } from '#src/domain/schema.ts';
import { deeds } from './context.ts';

export const deadLetterVersion = 1;

const text = Type.String();
const moment = Type.Number();
const count = integer({ minimum: 0 });

const entrySchema = Type.Object({ at: moment, deed: oneOf(deeds), by: nullable(text), words: text });

/** By field, so that an abandoned letter can be salvaged field by field. */
export const contextFields = {
  letterId: text,
  topic: text,
  eventType: text,
  key: text,
  group: text,
  producer: text,
  message: Type.Unknown(),
  error: text,
  tries: count,
  failedAt: moment,
  failedLastAt: moment,
  policy: nullable(retryPolicySchema),
  nextRetryAt: nullable(moment),
  redrives: count,
  told: count,
  asked: count,
  history: Type.Array(entrySchema),
} as const;

export const contextSchema = Type.Object(contextFields);

/** By version: turns a snapshot of that version into one of the next. */
export const upcasters: Readonly<Record<number, (snapshot: Snapshot) => Snapshot>> = {};
