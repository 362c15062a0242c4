// Shapes that every area of the interface shares. Only the schema library and values of the domain.
import { Kind, type TSchema, TypeRegistry } from '@sinclair/typebox';
import { t } from 'elysia';
import { nullable } from '#src/domain/schema.ts';

const fault = t.Object({
  loc: t.Array(t.Union([t.String(), t.Number()])),
  msg: t.String(),
  type: t.String(),
});

export const errorResponse = t.Object({
  detail: t.Union([t.String(), t.Array(fault)]),
  type: t.String(),
  retry_after: t.Optional(t.Number()),
  reset_at: t.Optional(t.String()),
});

export const messageResponse = t.Object({ message: t.String() });
export const moment = t.String({ format: 'date-time' });
export const nullableMoment = nullable(moment);

/** Answers of which the route tells only success; these may come from any route as well. */
const everywhere = [401, 403, 422, 429, 500, 503] as const;

/** The errors that a route may answer besides its success; spread into `response`. */
export function errors<const Status extends number = never>(...statuses: readonly Status[]) {
  const entries = [...everywhere, ...statuses].map((status) => [status, errorResponse] as const);
  return Object.fromEntries(entries) as Record<Status | (typeof everywhere)[number], typeof errorResponse>;
}

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
