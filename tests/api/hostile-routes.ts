// The routes as the API document tells of them, with their fields, and a body for each that would be taken.
import type { OpenApiDocument } from '#src/api/openapi.ts';
import type { JsonSchema } from '#src/api/openapi-schema.ts';
import { password } from './api-world.ts';
import type { Question } from './hostile-judge.ts';
import type { Field } from './hostile-values.ts';
import type { Owner } from './hostile-world.ts';

export interface Parameter {
  in: string;
  name: string;
  schema: JsonSchema;
}

export interface Route {
  method: string;
  /** With its parameters in braces. */
  path: string;
  parameters: readonly Parameter[];
  /** Null where no body is described. */
  body: { mediaType: string; required: boolean; schema: JsonSchema; fields: readonly Field[] } | null;
  /** A body that fits; undefined where there is none. */
  example: object | undefined;
}

const account = { username: 'somebody', email: 'somebody@example.org', password };

const examples: Readonly<Record<string, object>> = {
  'POST /api/v1/setup': { token: 'guessed', ...account },
  'POST /api/v1/auth/login': { username: 'somebody', password },
  'POST /api/v1/auth/register': account,
  'POST /api/v1/auth/password': { current_password: 'wrong', new_password: `${password}!` },
  'DELETE /api/v1/auth/me': { password: 'wrong' },
  'POST /api/v1/auth/tokens': { name: 'robot', scopes: ['read'] },
  'POST /api/v1/execute': {
    script: 'print(1)',
    files: [{ path: 'a.txt', content: 'a' }],
    limits: { cpu: '500m' },
  },
  'POST /api/v1/executions/{execution_id}/cancel': { reason: 'enough' },
  'POST /api/v1/executions/{execution_id}/stdin': { data: 'a line\n' },
  'POST /api/v1/admin/queue/pause': { reason: 'repair' },
  'POST /api/v1/admin/queue/resume': { reason: 'repaired' },
  'PUT /api/v1/admin/executions/{execution_id}/priority': { priority: 'high' },
  'PUT /api/v1/admin/quotas': { concurrent: 2 },
};

export function routesOf(document: OpenApiDocument): Route[] {
  const resolve = resolver(document);
  return Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([lower, operation]): Route => {
      const method = lower.toUpperCase();
      const body = bodyOf(operation.requestBody, resolve);
      const example = examples[`${method} ${path}`];
      if (body !== null && example === undefined)
        throw new Error(`${method} ${path} wants an example of its body`);
      const parameters = Array.isArray(operation.parameters) ? operation.parameters : [];
      const resolved = parameters.map((one) => ({ ...one, schema: resolve(one.schema) }));
      return { method, path, parameters: resolved, body, example };
    }),
  );
}

/** The path of a request about what the owner has, with some parameters replaced. */
export const pathFor = ({ path }: Route, { owned }: Owner, replaced: Record<string, string> = {}): string =>
  path.replaceAll(/\{(\w+)\}/g, (_, name: string) => replaced[name] ?? owned[name] ?? 'nothing');

/** A request that would be taken, and what is to be otherwise about it. */
export const questionFor = (
  route: Route,
  owner: Owner,
  rest: Partial<Question> & { name: string },
): Question => ({
  method: route.method,
  path: pathFor(route, owner),
  ...exampleFor(route),
  ...rest,
});

function exampleFor({ example, body }: Route): { body?: string } {
  if (example === undefined || body === null) return {};
  const isForm = body.mediaType !== 'application/json';
  return { body: isForm ? new URLSearchParams({ ...example }).toString() : JSON.stringify(example) };
}

function bodyOf(value: unknown, resolve: (schema: unknown) => JsonSchema): Route['body'] {
  if (!isNode(value) || !isNode(value.content)) return null;
  const [entry] = Object.entries(value.content);
  if (entry === undefined || !isNode(entry[1])) return null;
  const schema = resolve(entry[1].schema);
  const fields = fieldsOf(schema, [], resolve);
  return { mediaType: entry[0], required: value.required === true, schema, fields };
}

function fieldsOf(
  schema: JsonSchema,
  path: Field['path'],
  resolve: (schema: unknown) => JsonSchema,
): Field[] {
  if (isNode(schema.properties))
    return Object.entries(schema.properties).flatMap(([name, one]) =>
      field([...path, name], resolve(one), resolve),
    );
  if (schema.items !== undefined) return field([...path, 0], resolve(schema.items), resolve);
  if (isNode(schema.additionalProperties))
    return field([...path, 'SOME_NAME'], resolve(schema.additionalProperties), resolve);
  return [];
}

const field = (
  path: Field['path'],
  schema: JsonSchema,
  resolve: (schema: unknown) => JsonSchema,
): Field[] => [{ path, schema }, ...fieldsOf(schema, path, resolve)];

function resolver(document: OpenApiDocument): (schema: unknown) => JsonSchema {
  const { schemas } = document.components;
  return function resolve(schema): JsonSchema {
    if (!isNode(schema)) return {};
    const { $ref, allOf, ...rest } = schema;
    if (Array.isArray(allOf)) return { ...resolve(allOf[0]), ...rest };
    if (typeof $ref !== 'string' || !isNode(schemas)) return schema;
    return resolve(schemas[$ref.split('/').at(-1) ?? '']);
  };
}

const isNode = (value: unknown): value is JsonSchema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
