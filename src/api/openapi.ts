// The API document, from the routes themselves. The swagger plugin describes them; what its document gets wrong (media
// types that no route speaks, null, missing descriptions) is corrected here. Its page is not used: it loads from elsewhere.
import { swagger } from '@elysiajs/swagger';
import { Elysia } from 'elysia';
import type { ApiContext, RouteModule } from './context.ts';
import { schemaNames } from './contract/names.ts';
import { correctedSchema, type JsonSchema, namedSchemas } from './openapi-schema.ts';
import { contractOf } from './plugins/unknown-fields.ts';

export interface OpenApiDocument {
  openapi: string;
  info: { title: string; version: string };
  paths: Record<string, Record<string, JsonSchema>>;
  components: JsonSchema;
}

const json = 'application/json';

// What a route may say in its `detail` besides what the document knows: `mediaType` of its body and `answer`, the media
// type of an answer that is not JSON.

export async function openApiDocument(
  context: ApiContext,
  modules: readonly RouteModule[],
  { prefix, version }: { prefix: string; version: string },
): Promise<OpenApiDocument> {
  const info = { title: 'Greenroom', version };
  const app = new Elysia({ prefix }).use(
    swagger({ path: '/page', specPath: '/document', documentation: { info } }),
  );
  for (const module of modules) app.use(module(context));
  const answer = await app.handle(new Request(`http://localhost${prefix}/document`));
  const raw: { paths: Record<string, Record<string, JsonSchema>> } = await answer.json();

  const bodies = new Map(app.routes.map(({ method, path, hooks }) => [`${method} ${path}`, hooks.body]));
  const named = namedSchemas(schemaNames);
  const paths: OpenApiDocument['paths'] = {};
  for (const [path, operations] of Object.entries(raw.paths)) {
    const corrected: Record<string, JsonSchema> = {};
    for (const [method, operation] of Object.entries(operations)) {
      const body = bodies.get(`${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`);
      corrected[method] = correctedOperation(operation, { method, path, prefix, body, named });
    }
    paths[path] = corrected;
  }
  return {
    openapi: '3.0.3',
    info,
    paths,
    components: {
      schemas: sorted(named.components),
      securitySchemes: {
        session: { type: 'apiKey', in: 'cookie', name: 'access_token' },
        token: { type: 'http', scheme: 'bearer' },
      },
    },
  };
}

interface Operation {
  method: string;
  path: string;
  prefix: string;
  body: unknown;
  named: ReturnType<typeof namedSchemas>;
}

function correctedOperation(operation: JsonSchema, about: Operation): JsonSchema {
  const { parameters, responses, requestBody: _, mediaType = json, answer, ...rest } = operation;
  const { named, body } = about;
  const shown = (schema: unknown) => named.replace(correctedSchema(schema));
  return {
    ...rest,
    operationId: operationIdOf(about),
    ...(Array.isArray(parameters) && parameters.length > 0
      ? { parameters: parameters.map((one) => ({ ...one, schema: shown(one.schema) })) }
      : {}),
    ...(body === undefined || body === null
      ? {}
      : { requestBody: requestBodyOf(body, String(mediaType), shown) }),
    responses: {
      ...(answer === undefined ? {} : { '200': bytesOf(String(answer)) }),
      ...Object.fromEntries(
        Object.entries(isObject(responses) ? responses : {}).map(([status, one]) => [
          status,
          responseOf(status, one, shown),
        ]),
      ),
    },
  };
}

function requestBodyOf(body: unknown, mediaType: string, shown: (schema: unknown) => unknown): JsonSchema {
  const contract = contractOf(body);
  const nullable = isObject(contract) && correctedSchema(contract).nullable === true;
  return { required: !nullable, content: { [mediaType]: { schema: shown(contract) } } };
}

function responseOf(status: string, response: unknown, shown: (schema: unknown) => unknown): JsonSchema {
  const description = descriptions[status] ?? 'Answer';
  const content = isObject(response) && isObject(response.content) ? response.content : {};
  const media = isObject(content[json]) ? content[json] : null;
  if (media === null || status === '204') return { description };
  return { description, content: { [json]: { schema: shown(media.schema) } } };
}

/** An answer that is not JSON: a stream of events, or bytes. */
const bytesOf = (mediaType: string): JsonSchema => ({
  description: descriptions['200'],
  content: {
    [mediaType]: {
      schema: mediaType === eventStream ? { type: 'string' } : { type: 'string', format: 'binary' },
    },
  },
});

const eventStream = 'text/event-stream';

const descriptions: Readonly<Record<string, string>> = {
  '200': 'Done',
  '204': 'Done; nothing to say',
  '400': 'Not in this state',
  '401': 'Not authenticated',
  '403': 'Not allowed',
  '404': 'Not found',
  '409': 'In conflict with what is there',
  '413': 'Too large',
  '416': 'Not a part of it',
  '422': 'Does not fit the schema',
  '423': 'Account locked',
  '429': 'Too many requests',
  '500': 'A fault of ours',
  '503': 'A dependency is down',
};

/** `getExecutionsByIdResult` for `GET /executions/{execution_id}/result`. */
function operationIdOf({ method, path, prefix }: Operation): string {
  const parts = path
    .slice(prefix.length)
    .split('/')
    .filter((part) => part !== '')
    .map((part) => (part.startsWith('{') ? `By-${part.slice(1, -1).replace(/^\w+_(?=id$)/, '')}` : part));
  const words = parts.flatMap((part) => part.split(/[-_]/));
  return method + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

const isObject = (value: unknown): value is JsonSchema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const sorted = (entries: Record<string, JsonSchema>): Record<string, JsonSchema> =>
  Object.fromEntries(Object.entries(entries).toSorted(([one], [other]) => (one < other ? -1 : 1)));
