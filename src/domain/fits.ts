// Whether a value has the form of a schema. Each schema is made into code when it is first asked for, which answers many times
// faster than walking it. A page's policy forbids making code: there the schema is walked.
import type { TSchema } from '@sinclair/typebox';
import { TypeCompiler } from '@sinclair/typebox/compiler';
import { Value } from '@sinclair/typebox/value';

type Check = (value: unknown) => boolean;

const checks = new WeakMap<TSchema, Check>();

export function fits(schema: TSchema, value: unknown): boolean {
  const known = checks.get(schema);
  if (known !== undefined) return known(value);
  const check = checkOf(schema);
  checks.set(schema, check);
  return check(value);
}

function checkOf(schema: TSchema): Check {
  if ('document' in globalThis) return (value) => Value.Check(schema, value);
  const compiled = TypeCompiler.Compile(schema);
  return (value) => compiled.Check(value);
}
