// Elysia drops fields that a schema does not know. Where a schema forbids them (`additionalProperties: false`), a request
// that has one is refused instead, so that a misspelt option is not silently without effect.
import type { Fault } from '../errors.ts';

interface Shape {
  additionalProperties?: unknown;
  properties?: Record<string, Shape>;
  items?: Shape;
  anyOf?: Shape[];
}

/** Every field of `value` that `schema` forbids. */
export function unknownFields(schema: unknown, value: unknown): Fault[] {
  const faults: Fault[] = [];
  if (isShape(schema)) collect(schema, value, ['body'], faults);
  return faults;
}

const isShape = (schema: unknown): schema is Shape => typeof schema === 'object' && schema !== null;

function collect(schema: Shape, value: unknown, loc: (string | number)[], faults: Fault[]): void {
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
    else if (schema.additionalProperties === false)
      faults.push({ loc: [...loc, name], msg: 'Unknown field', type: 'extra_forbidden' });
  }
}
