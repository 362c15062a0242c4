// JSON Schema as the schema library writes it, into what OpenAPI 3.0 allows: no null type, no const, no patterns of
// property names. Pure; must never change what a schema admits.

export interface JsonSchema {
  [keyword: string]: unknown;
}

export function correctedSchema(schema: unknown): JsonSchema {
  if (!isSchema(schema)) return {};
  const { anyOf, const: only, patternProperties, $id: _, ...rest } = schema;
  if (only !== undefined) return { ...rest, enum: [only] };
  if (rest.type === 'null') return { nullable: true, enum: [null] };
  if (Array.isArray(anyOf)) return { ...rest, ...union(anyOf) };
  const out: JsonSchema = { ...rest };
  if (rest.type === 'number' && rest.multipleOf === 1) {
    out.type = 'integer';
    delete out.multipleOf;
  }
  if (isSchema(patternProperties))
    out.additionalProperties = correctedSchema(Object.values(patternProperties)[0]);
  else if (isSchema(rest.additionalProperties))
    out.additionalProperties = correctedSchema(rest.additionalProperties);
  if (rest.items !== undefined) out.items = correctedSchema(rest.items);
  if (isSchema(rest.properties))
    out.properties = Object.fromEntries(
      Object.entries(rest.properties).map(([name, one]) => [name, correctedSchema(one)]),
    );
  return out;
}

function union(members: readonly unknown[]): JsonSchema {
  const others = members.filter((one) => !isSchema(one) || one.type !== 'null');
  const nullable = others.length < members.length ? { nullable: true } : {};
  const literals = others.filter((one) => isSchema(one) && one.const !== undefined);
  if (literals.length === others.length && others.length > 0)
    return { type: 'string', enum: literals.map((one) => (isSchema(one) ? one.const : null)), ...nullable };
  const [first] = others;
  if (others.length === 1) return { ...correctedSchema(first), ...nullable };
  return { anyOf: others.map(correctedSchema), ...nullable };
}

/** Moves every schema that has a name to the document's components and leaves a reference in its place. */
export function namedSchemas(names: Readonly<Record<string, unknown>>) {
  const nameOf = new Map<string, string>();
  const components: Record<string, JsonSchema> = {};
  for (const [name, schema] of Object.entries(names)) nameOf.set(keyOf(correctedSchema(schema)), name);

  function replaced(value: unknown, isRoot: boolean): unknown {
    if (Array.isArray(value)) return value.map((one) => replaced(one, false));
    if (!isSchema(value)) return value;
    const { nullable, ...plain } = value;
    const name = isRoot ? undefined : nameOf.get(keyOf(plain));
    if (name !== undefined) {
      components[name] ??= { ...(replaced(plain, true) as JsonSchema) };
      const reference = { $ref: `#/components/schemas/${name}` };
      return nullable === true ? { nullable: true, allOf: [reference] } : reference;
    }
    const out = Object.fromEntries(Object.entries(value).map(([key, one]) => [key, replaced(one, false)]));
    // A list of values admits null only when null is among them.
    if (nullable === true && Array.isArray(out.enum) && !out.enum.includes(null)) out.enum.push(null);
    return out;
  }
  return { components, replace: (schema: JsonSchema) => replaced(schema, false) };
}

/** The library marks required fields and options in varying order; what a schema admits does not depend on it. */
function keyOf(schema: JsonSchema): string {
  return JSON.stringify(schema, (_, value) =>
    isSchema(value)
      ? Object.fromEntries(
          Object.entries(value)
            .filter(([key]) => key !== 'additionalProperties' || typeof value[key] !== 'boolean')
            .sort(([one], [other]) => (one < other ? -1 : 1)),
        )
      : value,
  );
}

const isSchema = (value: unknown): value is JsonSchema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
