// The HTTP interface as one Elysia application. It holds no rules: requests are identified, limited, checked against
// their schemas and handed to a use case; failures become answers in one table.
import { Elysia } from 'elysia';
import type { ApiContext } from './context.ts';
import type { ApiDeps } from './deps.ts';
import { methodNotAllowed, notFound, responseOf } from './errors.ts';
import { type OpenApiDocument, openApiDocument } from './openapi.ts';
import { createPipeline } from './pipeline.ts';
import { bodyReader } from './plugins/body.ts';
import { takesGuests } from './plugins/identity.ts';
import { createLife } from './plugins/life.ts';
import { allowedMethods } from './plugins/methods.ts';
import { createStreams, type Streams } from './plugins/sse.ts';
import { bodyFaults } from './plugins/unknown-fields.ts';
import { RequestFaults } from './request-faults.ts';
import { routeModules } from './routes/all.ts';
import { createServices, type Services } from './services.ts';

export const apiPrefix = '/api/v1';

export interface Listening {
  url: string;
  /** Requests that have no answer yet; idle connections do not count. */
  pending(): number;
  /** Without force, idle connections of clients that may come again are waited for. */
  stop(force: boolean): Promise<void>;
}

export interface Api {
  /** Answers without a socket. */
  handle(request: Request): Promise<Response>;
  listen(address: { hostname: string; port: number }): Listening;
  /** Served outside production only. */
  document(): Promise<OpenApiDocument>;
  routes(): readonly { method: string; path: string }[];
  services: Services;
  streams: Streams;
}

export function createApi(deps: ApiDeps): Api {
  const services = createServices(deps);
  const { clock, logger } = deps.ports;
  const life = createLife(clock, deps.settings.tls);
  const pipeline = createPipeline(deps, services, life);
  const stillValid = (request: Request) => pipeline.stateOf(request).stillValid();
  const streams = createStreams({ clock, logger, stillValid });
  const context: ApiContext = { deps, services, streams, life, stateOf: pipeline.stateOf };
  const readBody = bodyReader(deps.settings, clock);

  const app = new Elysia({
    prefix: apiPrefix,
    systemRouter: false,
    // Paths are found behind short host names too.
    handler: { standardHostname: false },
  });
  app.onParse(({ request, contentType, path }) => {
    // Guests are refused before anything of theirs is read.
    const state = pipeline.stateOf(request);
    if (state.caller === null && !takesGuests(path)) return null;
    state.waitsSince = Number.POSITIVE_INFINITY;
    return readBody({ request, contentType, path }).finally(() => {
      state.waitsSince = clock.monotonic();
    });
  });
  app.onTransform(({ body, request, route }) => {
    pipeline.stateOf(request).route = route;
    if (body === undefined || body === null) return;
    const faults = faultsOf(request.method, route, body);
    if (faults.length > 0) throw new RequestFaults(faults);
  });
  app.onError(({ code, error, request, path, route, set }) => {
    const failure = code === 'NOT_FOUND' ? missing(request.method, path) : pipeline.fail(request, error);
    pipeline.stateOf(request).route ??= route || null;
    set.status = failure.status;
    return responseOf(failure);
  });
  for (const module of routeModules) app.use(module(context));
  const described = { prefix: apiPrefix, version: deps.settings.serviceVersion };
  const document = () => openApiDocument(context, routeModules, described);
  if (deps.settings.environment !== 'production')
    app.get('/openapi.json', document, { detail: { hide: true } });

  const faultsOf = bodyFaults(app.routes);
  function missing(method: string, path: string) {
    const allowed = allowedMethods(app.routes, path);
    return allowed.length === 0 || allowed.includes(method) ? notFound : methodNotAllowed(allowed);
  }

  return {
    handle: (request) => pipeline.answer(request, () => null, app.fetch),
    listen(address) {
      app.compile();
      const peerOf = (request: Request): string | null => server.requestIP(request)?.address ?? null;
      const server = Bun.serve({
        ...address,
        development: false,
        maxRequestBodySize: Number.MAX_SAFE_INTEGER,
        idleTimeout: 60,
        fetch: (request) => pipeline.answer(request, peerOf, app.fetch),
      });
      app.server = server;
      return {
        url: server.url.origin,
        pending: () => server.pendingRequests,
        stop: (force) => server.stop(force),
      };
    },
    document,
    routes: () => app.routes.map(({ method, path }) => ({ method, path })),
    services,
    streams,
  };
}
