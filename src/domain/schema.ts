// The few schema shapes that every layer builds on. TypeBox, as Elysia uses it.
import { type Static, type TSchema, Type } from '@sinclair/typebox';

/** A union of literal texts from a const array. */
export const oneOf = <const T extends readonly string[]>(values: T) =>
  Type.Unsafe<T[number]>({ type: 'string', enum: [...values] });

export const nullable = <T extends TSchema>(schema: T) =>
  Type.Unsafe<Static<T> | null>(Type.Union([schema, Type.Null()]));

/** Strict integers: the library's own Integer would coerce a text under Elysia. */
export const integer = (options: { minimum?: number; maximum?: number } = {}) =>
  Type.Number({ multipleOf: 1, ...options });
