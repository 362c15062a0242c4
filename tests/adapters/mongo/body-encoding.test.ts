// Any JSON comes back from the form in which the server holds it, and no key there is a path or an operator.
import { expect, test } from 'bun:test';
import * as fc from 'fast-check';
import { BSON } from 'mongodb';
import { decoded, encoded } from '#src/adapters/mongo/body-encoding.ts';
import type { JsonObject } from '#src/domain/json.ts';

const parsed = (text: string): JsonObject => JSON.parse(text);
const keysOf = (value: unknown): string[] =>
  value !== null && typeof value === 'object'
    ? Object.entries(value).flatMap(([key, inner]) => [
        ...(Array.isArray(value) ? [] : [key]),
        ...keysOf(inner),
      ])
    : [];

function holds(body: JsonObject): void {
  const stored = encoded(body);
  for (const key of keysOf(stored)) expect(key).not.toMatch(/^$|^\$|[.\0]/);
  expect(JSON.stringify(decoded(BSON.deserialize(BSON.serialize(stored))))).toBe(JSON.stringify(body));
}

test('awkward keys and texts come back', () => {
  holds(
    parsed(String.raw`{"a.b":1,"$set":{"$x":[{"c.d":null}]},"":{"":""},"%":"%","%24;":"%;","\u0000":"\u0000",
    "__proto__":{"constructor":true},"half \ud800":"\udc00 half","ä€":[[],{}]}`),
  );
});

test('any JSON comes back', () => {
  const texts = fc.oneof(
    fc.string(),
    fc.string({ unit: fc.constantFrom('$', '.', '%', ';', '2', '\0', '\ud800', 'a') }),
  );
  const json = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      texts,
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      tie('list'),
      tie('object'),
    ),
    list: fc.array(tie('value'), { maxLength: 4 }),
    object: fc.dictionary(texts, tie('value'), { maxKeys: 5 }),
  }));
  fc.assert(
    fc.property(json.object, (body) => holds(parsed(JSON.stringify(body)))),
    { numRuns: 300 },
  );
});
