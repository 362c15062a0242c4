// The API document is what the routes are, is valid OpenAPI 3.0, and the web app's client was made from it.
import { expect, test } from 'bun:test';
import { correctedSchema } from '#src/api/openapi-schema.ts';
import { apiWorld } from './api-world.ts';

const world = apiWorld();
const document = await world.api.document();
const committed = await Bun.file(new URL('../../docs/api/openapi.json', import.meta.url)).json();

const withoutVersion = ({ info: _, ...rest }: object & { info?: unknown }) => rest;

interface Node {
  [key: string]: unknown;
}
const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null;

/** Every object in the document, with where it stands. */
function* nodes(value: unknown, where = ''): Generator<[string, Node]> {
  if (!isNode(value)) return;
  yield [where, value];
  for (const [key, one] of Object.entries(value)) yield* nodes(one, `${where}/${key}`);
}

test('the committed document is that of the routes', () => {
  expect(withoutVersion(document), 'write it with: npm run generate:api').toEqual(withoutVersion(committed));
});

test('it is the same after requests were served', async () => {
  await world.ask('POST', '/api/v1/auth/register', { body: {} });
  await world.ask('POST', '/api/v1/setup', { body: {} });
  expect(await world.api.document()).toEqual(document);
});

test('every route is in it, and nothing else', () => {
  const described = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const routes = world.api
    .routes()
    .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`)
    .filter((route) => !route.endsWith('/openapi.json'));
  expect(described.sort()).toEqual(routes.sort());
});

test('nothing in it is unknown to OpenAPI 3.0', () => {
  for (const [where, node] of nodes(document)) {
    expect(`${where} ${node.type}`).not.toEndWith(' null');
    if (where.endsWith('/properties')) continue;
    for (const keyword of ['const', 'patternProperties', '$id', 'answer', 'mediaType'])
      expect(`${where}: ${Object.hasOwn(node, keyword) ? keyword : 'fine'}`).toEndWith(': fine');
  }
});

test('every reference leads somewhere, every answer is described, every operation has its own name', () => {
  const names = new Set<unknown>();
  const schemas = document.components.schemas;
  for (const [where, node] of nodes(document)) {
    if (typeof node.$ref === 'string') {
      const name = node.$ref.split('/').at(-1) ?? '';
      expect(isNode(schemas) && Object.hasOwn(schemas, name), `${where} ${name}`).toBe(true);
    }
    if (!isNode(node.responses) || where.endsWith('/components')) continue;
    expect(names.has(node.operationId), String(node.operationId)).toBe(false);
    names.add(node.operationId);
    for (const response of Object.values(node.responses))
      expect(isNode(response) && typeof response.description, where).toBe('string');
    expect(
      Object.keys(node.responses).some((status) => status.startsWith('2')),
      where,
    ).toBe(true);
  }
});

test('path parameters are exactly those of the path', () => {
  for (const [path, operations] of Object.entries(document.paths)) {
    const wanted = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    for (const { parameters } of Object.values(operations)) {
      const given = Array.isArray(parameters) ? parameters.filter((one) => one.in === 'path') : [];
      expect(given.map((one) => one.name).sort()).toEqual(wanted.sort());
    }
  }
});

test('what may be null stays so, and keeps its kind', () => {
  const text = { type: 'string' };
  const nothing = { type: 'null' };
  expect(correctedSchema({ anyOf: [text, nothing] })).toEqual({ type: 'string', nullable: true });
  expect(correctedSchema({ anyOf: [text, { type: 'number', multipleOf: 1 }, nothing] })).toEqual({
    anyOf: [text, { type: 'integer' }],
    nullable: true,
  });
  expect(correctedSchema({ type: 'object', patternProperties: { '^(.*)$': text } })).toEqual({
    type: 'object',
    additionalProperties: text,
  });
});

test('in production the document is not served', async () => {
  const production = apiWorld({ settings: { environment: 'production' } });
  expect((await production.ask('GET', '/api/v1/openapi.json')).status).toBe(404);
  expect((await world.ask('GET', '/api/v1/openapi.json')).status).toBe(200);
});
