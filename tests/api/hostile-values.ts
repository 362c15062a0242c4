// Values that nobody sends by mistake, as JSON text: so that also what no JSON writer would produce can be among them.
// `wrongFor` must never give a value that the schema admits.
import type { JsonSchema } from '#src/api/openapi-schema.ts';

export interface Sample {
  name: string;
  json: string;
}

export interface Field {
  /** Names and indices from the body inwards. */
  path: readonly (string | number)[];
  schema: JsonSchema;
}

type Kind = 'null' | 'boolean' | 'number' | 'fraction' | 'string' | 'array' | 'object';

const nested = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`;
const nestedObjects = (levels: number): string => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;

const ofKinds: readonly [Kind, string, string][] = [
  ['null', 'null', 'null'],
  ['boolean', 'true', 'true'],
  ['boolean', 'false', 'false'],
  ['number', 'a number', '5'],
  ['number', 'a negative number', '-1'],
  ['fraction', 'a fraction', '5.5'],
  ['fraction', 'a number beyond all', '1e400'],
  ['string', 'a number as a text', '"5"'],
  ['string', 'NaN as a text', '"NaN"'],
  ['string', 'true as a text', '"true"'],
  ['string', 'an empty text', '""'],
  ['array', 'an empty list', '[]'],
  ['array', 'a list of null', '[null]'],
  ['array', 'a list of junk', '[[],{},5,"x",null]'],
  ['array', 'lists in lists, 10,000 deep', nested(10_000)],
  ['object', 'an empty object', '{}'],
  ['object', 'an object of junk', '{"a":{"b":[null,{"c":1}]},"length":3}'],
  ['object', 'an object that poses as a list', '{"0":"x","length":1}'],
  ['object', 'objects in objects, 10,000 deep', nestedObjects(10_000)],
  ['object', 'a prototype', '{"__proto__":{"polluted":true}}'],
];

/** Texts that a field for texts may take or refuse, and that must harm nothing. */
export const oddTexts: readonly Sample[] = [
  ['NUL', '\0'],
  ['control characters', '\u0001\u0007\u001b[31m\u007f\u0085'],
  ['line ends', 'one\r\ntwo\u2028three'],
  ['a long text', 'x'.repeat(60_000)],
  ['a very long text', 'é'.repeat(500_000)],
  ['a way up', '../../../../etc/passwd'],
  ['a name of a prototype', '__proto__'],
  ['a name of a constructor', 'constructor'],
  ['a query', "'; DROP TABLE users; --"],
  ['a pattern', '(a+)+$'],
  ['a template', '{{7*7}}<%= 7*7 %>%s%n'],
  ['markup', '<script>alert(1)</script>'],
  ['letters from right to left', '\u202egnp.exe'],
  ['a reversed byte order mark', '\ufffe\uffff'],
  ['spaces', ' \t\u00a0\u3000 '],
  ['emoji', '👩‍👩‍👧‍👦'.repeat(50)],
].map(([name, text]) => ({ name: String(name), json: JSON.stringify(text) }));

export const oddNumbers: readonly Sample[] = [
  '0',
  '-0',
  '-1',
  '5.5',
  '1e308',
  '-1e308',
  '1e400',
  '-1e400',
  '5e-324',
  '9007199254740993',
  `1${'0'.repeat(400)}`,
].map((json) => ({ name: `the number ${json.slice(0, 20)}`, json }));

/** Texts that are no Unicode: nobody could give them back as they came. */
export const brokenTexts: readonly Sample[] = [
  { name: 'half a character', json: '"\\ud800"' },
  { name: 'the other half', json: '"x\\udc00y"' },
  { name: 'halves in the wrong order', json: '"\\udc00\\ud800"' },
];

export function wrongFor(schema: JsonSchema): Sample[] {
  const admitted = kindsOf(schema);
  const values = Array.isArray(schema.enum) ? schema.enum : null;
  const isWrong = ([kind, , json]: (typeof ofKinds)[number]): boolean => {
    if (values !== null) return !values.some((value) => JSON.stringify(value) === json);
    return !admitted.includes(kind) || (json === '[null]' && kind === 'array') || isDeep(json);
  };
  const wrong = ofKinds.filter(isWrong).map(([, name, json]) => ({ name, json }));
  return admitted.includes('string') ? [...wrong, ...brokenTexts] : wrong;
}

const isDeep = (json: string): boolean => json.length > 1_000;

function kindsOf(schema: JsonSchema): Kind[] {
  const kinds: Kind[] = schema.nullable === true ? ['null'] : [];
  if (schema.type === 'integer') return [...kinds, 'number'];
  if (schema.type === 'number') return [...kinds, 'number', 'fraction'];
  for (const kind of ['boolean', 'string', 'array', 'object'] as const)
    if (schema.type === kind) kinds.push(kind);
  return kinds;
}

export const isText = (schema: JsonSchema): boolean => schema.type === 'string' && schema.enum === undefined;
export const isNumber = ({ type }: JsonSchema): boolean => type === 'integer' || type === 'number';

/** The text of an object in which one place, which may not be there yet, holds this JSON. */
export function jsonWith(body: unknown, [head, ...rest]: readonly (string | number)[], json: string): string {
  if (head === undefined) return json;
  if (typeof head === 'number') return `[${jsonWith(undefined, rest, json)}]`;
  const known: [string, unknown][] = isObject(body) ? Object.entries(body) : [];
  const others = known
    .filter(([name]) => name !== head)
    .map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`);
  const inner = jsonWith(known.find(([name]) => name === head)?.[1], rest, json);
  return `{${[...others, `${JSON.stringify(head)}:${inner}`].join(',')}}`;
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
