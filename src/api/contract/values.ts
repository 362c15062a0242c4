// Kinds of values that the schema library does not have, or counts otherwise.
import { Kind, type TSchema, TypeRegistry } from '@sinclair/typebox';
import { t } from 'elysia';
import { nullable } from '#src/domain/schema.ts';

export const moment = t.String({ format: 'date-time' });
export const nullableMoment = nullable(moment);

interface TextSchema extends TSchema {
  minLength?: number;
  maxLength?: number;
}

// The library counts UTF-16 units, where a person who writes emoji has only half of the length promised.
TypeRegistry.Set<TextSchema>('CountedText', ({ minLength = 0, maxLength = Infinity }, value) => {
  if (typeof value !== 'string') return false;
  if (value.length <= maxLength && value.length >= minLength * 2) return true;
  let length = 0;
  for (const _ of value) length += 1;
  return length >= minLength && length <= maxLength;
});

/** A text whose length is counted in code points. */
export const text = (options: { minLength?: number; maxLength?: number; description?: string } = {}) =>
  t.Unsafe<string>({ [Kind]: 'CountedText', type: 'string', ...options });

/** An object of part B: unknown fields are refused. */
export const strict = { additionalProperties: false } as const;

interface QueryInteger extends TSchema {
  minimum: number;
  maximum: number;
}

TypeRegistry.Set<QueryInteger>('QueryInteger', ({ minimum, maximum }, value) => {
  if (typeof value !== 'string' || !/^-?\d{1,15}$/.test(value)) return false;
  return Number(value) >= minimum && Number(value) <= maximum;
});

/**
 * A whole number in a query, checked as the text that it is: the library's own coercion forgets which parameter was wrong.
 * Handlers turn it into a number with `Number`.
 */
export const queryInteger = (options: { minimum: number; maximum?: number }) =>
  t.Unsafe<string>({ [Kind]: 'QueryInteger', type: 'integer', maximum: Number.MAX_SAFE_INTEGER, ...options });

TypeRegistry.Set('QueryTexts', (_, value) => typeof value === 'string');

/** A parameter that may come several times. The library keeps only the last; handlers read all with `queryValues`. */
export const queryTexts = (values: readonly string[]) =>
  t.Unsafe<string>({ [Kind]: 'QueryTexts', type: 'array', items: { type: 'string', enum: [...values] } });
