// What a hunt tells of each seed, between the process that plays and the one that listens.
import { type Static, Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';

const lineSchema = Type.Object({
  seed: Type.Number(),
  found: Type.Union([
    Type.Null(),
    Type.Object({
      by: Type.Union([Type.Literal('safety'), Type.Literal('liveness'), Type.Literal('coverage')]),
      words: Type.String(),
    }),
  ]),
});
export type HuntLine = Static<typeof lineSchema>;

/** Null for a line that the copy's own code wrote. */
export function huntLine(text: string): HuntLine | null {
  if (!text.startsWith('{"seed":')) return null;
  const line: unknown = JSON.parse(text);
  return Value.Check(lineSchema, line) ? line : null;
}
