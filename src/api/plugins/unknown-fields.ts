// What Elysia makes fit instead of refusing it. It drops fields that a schema does not know: where a schema forbids them
// (`additionalProperties: false`), a request that has one is refused, so that a misspelt option is not silently without
// effect. And it copies the known fields out of anything, so that a number, a text or a list passes for an object whose
// fields are all optional: these are refused as well. So is an object or a list in place of a text: what Elysia says of it would read
// the value as a text, which an object with a field named `toString` is not.
import { type Fault, sentenceFor } from '../request-faults.ts';

interface Shape {
  type?: string;
  additionalProperties?: unknown;
  properties?: Record<string, Shape>;
  items?: Shape;
  anyOf?: Shape[];
}

interface KnownRoute {
  method: string;
  path: string;
  hooks: { body?: unknown };
}

/** What a body, as it was sent, has against the route's schema of this. */
export type BodyFaults = (method: string, route: string, body: unknown) => Fault[];

// Elysia writes `additionalProperties: false` into every schema that it compiles, so what the contract said is kept as it
// was when the schema was first seen.
const firstSeen = new WeakMap<object, string>();

export function bodyFaults(routes: readonly KnownRoute[]): BodyFaults {
  const shapes = new Map<string, Shape>();
  for (const { method, path, hooks } of routes)
    if (hooks.body !== undefined) shapes.set(`${method} ${path}`, JSON.parse(textOf(hooks.body)));
  return (method, route, body) => {
    const faults: Fault[] = [];
    const shape = shapes.get(`${method} ${route}`);
    if (shape !== undefined) collect(shape, body, ['body'], faults);
    return faults;
  };
}

/** A body's schema as its contract was written. */
export const contractOf = (schema: unknown): unknown => JSON.parse(textOf(schema));

function textOf(schema: unknown): string {
  if (typeof schema !== 'object' || schema === null) return 'null';
  const text = firstSeen.get(schema) ?? JSON.stringify(schema);
  firstSeen.set(schema, text);
  return text;
}

const faultsMax = 20;

function collect(schema: Shape, value: unknown, loc: (string | number)[], faults: Fault[]): void {
  if (faults.length >= faultsMax) return;
  if (schema.type === 'string' && isContainer(value)) {
    faults.push({ loc, msg: sentenceFor(schema, value) ?? 'Expected a text', type: 'value_error' });
    return;
  }
  const shape = containerOf(schema);
  if (shape === null || value === undefined || (value === null && shape !== schema)) return;
  if ((shape.type === 'array') !== Array.isArray(value) || !isContainer(value)) {
    faults.push({ loc, msg: `Expected ${shape.type}`, type: 'value_error' });
    return;
  }
  if (Array.isArray(value)) {
    if (shape.items !== undefined)
      for (const [index, item] of value.entries()) collect(shape.items, item, [...loc, index], faults);
    return;
  }
  const { properties } = shape;
  if (properties === undefined) return;
  for (const [name, one] of Object.entries(value)) {
    const known = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (known !== undefined) collect(known, one, [...loc, name], faults);
    else if (shape.additionalProperties === false && faults.length < faultsMax)
      faults.push({ loc: [...loc, name], msg: 'Unknown field', type: 'extra_forbidden' });
  }
}

/** What the schema says of an object or a list, when it may be nothing else but null. */
function containerOf(schema: Shape): Shape | null {
  if (schema.type === 'object' || schema.type === 'array') return schema;
  const others = schema.anyOf?.filter(({ type }) => type !== 'null') ?? [];
  const [only] = others;
  return others.length === 1 && only !== undefined ? containerOf(only) : null;
}

const isContainer = (value: unknown): value is object => typeof value === 'object' && value !== null;
