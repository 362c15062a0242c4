// Elysia drops fields that a schema does not know. Where a schema forbids them (`additionalProperties: false`), a request
// that has one is refused instead, so that a misspelt option is not silently without effect.
import type { Fault } from '../errors.ts';

interface Shape {
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

/** The fields of a body that the route's schema forbids. */
export type ForbiddenFields = (method: string, route: string, body: unknown) => Fault[];

// Elysia writes `additionalProperties: false` into every schema that it compiles, so what the contract said is kept as it
// was when the schema was first seen.
const firstSeen = new WeakMap<object, string>();

export function forbiddenFields(routes: readonly KnownRoute[]): ForbiddenFields {
  const strict = new Map<string, Shape>();
  for (const { method, path, hooks } of routes) {
    const text = textOf(hooks.body);
    if (text.includes('"additionalProperties":false')) strict.set(`${method} ${path}`, JSON.parse(text));
  }
  return (method, route, body) => {
    const faults: Fault[] = [];
    const shape = strict.get(`${method} ${route}`);
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
  if (Array.isArray(value)) {
    if (schema.items !== undefined)
      for (const [index, item] of value.entries()) collect(schema.items, item, [...loc, index], faults);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  const { properties } = schema;
  if (properties === undefined) {
    const object = schema.anyOf?.find((one) => one.properties !== undefined);
    if (object !== undefined) collect(object, value, loc, faults);
    return;
  }
  for (const [name, one] of Object.entries(value)) {
    const known = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (known !== undefined) collect(known, one, [...loc, name], faults);
    else if (schema.additionalProperties === false && faults.length < faultsMax)
      faults.push({ loc: [...loc, name], msg: 'Unknown field', type: 'extra_forbidden' });
  }
}
