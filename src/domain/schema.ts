// The few schema shapes that every layer builds on. TypeBox, as Elysia uses it.
import { Kind, type Static, type TSchema, Type, TypeRegistry } from '@sinclair/typebox';

// A kind of its own, because the library's checks know no bare `enum`; it shows as one in a JSON schema.
TypeRegistry.Set<{ enum: string[] }>('OneOf', (schema, value) =>
  schema.enum.some((allowed) => allowed === value),
);

/** A union of literal texts from a const array. */
export const oneOf = <const T extends readonly string[]>(values: T) =>
  Type.Unsafe<T[number]>({ [Kind]: 'OneOf', type: 'string', enum: [...values] });

export const nullable = <T extends TSchema>(schema: T) =>
  Type.Unsafe<Static<T> | null>(Type.Union([schema, Type.Null()]));

/** Strict integers: the library's own Integer would coerce a text under Elysia. */
export const integer = (options: { minimum?: number; maximum?: number } = {}) =>
  Type.Number({ multipleOf: 1, ...options });
