// The HTTP interface as one Elysia application. It holds no rules: requests are identified, limited, checked against
// their schemas and handed to a use case; failures become answers in one table.
import { Elysia } from 'elysia';
import { accessDenied, isDomainError } from '#src/domain/errors.ts';
import type { ApiContext, ApiDeps, RequestState } from './deps.ts';
import { type Failure, failureOf, methodNotAllowed, notFound, RequestFaults, responseOf } from './errors.ts';
import { clientFinder } from './plugins/address.ts';
import { bodyReader } from './plugins/body.ts';
import { headersFor } from './plugins/headers.ts';
import { createIdentify } from './plugins/identity.ts';
import { createLimit } from './plugins/limits.ts';
import { allowedMethods } from './plugins/methods.ts';
import { createStreams } from './plugins/sse.ts';
import { unknownFields } from './plugins/unknown-fields.ts';
import { createWeb } from './plugins/web.ts';
import { routeModules } from './routes/all.ts';
import { createServices } from './services.ts';

export const apiPrefix = '/api/v1';

export function createApi(deps: ApiDeps) {
  const { clock, ids, logger, limiter } = deps.ports;
  const { settings } = deps;
  const services = createServices(deps);
  const { sessions, tokens, sessionTokens, securityLog, limitsOf } = services;
  const identify = createIdentify({ sessions, tokens, sessionTokens, securityLog, clock });
  const limit = createLimit({ limiter, limitsOf, securityLog, clock, logger });
  const clientOf = clientFinder(settings.trustedProxies, settings.tls);
  const web = createWeb(deps.webFiles);
  const readBody = bodyReader(settings.bodyBytesMax);
  const streams = createStreams(clock, logger);

  const states = new WeakMap<Request, RequestState>();
  function stateOf(request: Request): RequestState {
    const known = states.get(request);
    if (known !== undefined) return known;
    const state = { id: ids.next(), address: null, secure: false, caller: null, beganAt: clock.monotonic() };
    states.set(request, state);
    return state;
  }
  const context: ApiContext = { deps, services, streams, stateOf };

  // `standardHostname: false`: paths are found behind short host names too.
  const app = new Elysia({ prefix: apiPrefix, systemRouter: false, handler: { standardHostname: false } });

  app.onRequest(async ({ request, server, set }) => {
    const state = stateOf(request);
    const client = clientOf(server?.requestIP(request)?.address ?? null, request.headers);
    state.address = client.address;
    state.secure = client.secure;
    const path = pathOf(request.url);
    const page = !path.startsWith('/api/') && path !== '/api';
    Object.assign(set.headers, headersFor({ requestId: state.id, secure: state.secure, page }));
    if (page) return web(request, path);
    const identity = await identify({ request, path, address: state.address, secure: state.secure });
    state.caller = identity.caller;
    if (identity.cookies.length > 0) set.headers['set-cookie'] = identity.cookies;
    if (!settings.limitsEnabled) return;
    const limited = await limit(path, state.caller, state.address);
    if (limited === null) return;
    Object.assign(set.headers, limited.headers);
    return limited.refusal === null ? undefined : responseOf(limited.refusal);
  });

  app.onParse(({ request, contentType, path }) => readBody({ request, contentType, path }));

  app.onTransform(({ body, request, route }) => {
    if (body === undefined || body === null) return;
    const schema = app.routes.find((one) => one.path === route && one.method === request.method)?.hooks.body;
    const faults = unknownFields(schema, body);
    if (faults.length > 0) throw new RequestFaults(faults);
  });

  app.onError(({ code, error, request, path }) => {
    if (code === 'NOT_FOUND') return responseOf(missing(request.method, path));
    const failure = failureOf(error, clock.now());
    const { id, caller, address } = stateOf(request);
    if (failure.status >= 500) logger.error({ requestId: id, error }, 'a request failed');
    if (isDomainError(error) && error.kind === 'forbidden' && error.message === accessDenied().message)
      securityLog.violation('foreign_object', { userId: caller?.userId ?? null, address });
    return responseOf(failure);
  });

  app.onAfterResponse(({ request, route, set }) => {
    const { id, caller, beganAt } = stateOf(request);
    const fields = {
      requestId: id,
      method: request.method,
      route,
      status: set.status,
      ms: Math.round(clock.monotonic() - beganAt),
      userId: caller?.userId,
    };
    logger.debug(fields, 'request');
  });

  for (const module of routeModules) app.use(module(context));

  function missing(method: string, path: string): Failure {
    const allowed = allowedMethods(app.routes, path);
    return allowed.length === 0 || allowed.includes(method) ? notFound : methodNotAllowed(allowed);
  }
  return { app, services, streams, handle: (request: Request): Promise<Response> => app.handle(request) };
}

export type Api = ReturnType<typeof createApi>;

/** The path of an absolute URL, without building one. */
function pathOf(url: string): string {
  const from = url.indexOf('/', url.indexOf('//') + 2);
  if (from < 0) return '/';
  const query = url.indexOf('?', from);
  return query < 0 ? url.slice(from) : url.slice(from, query);
}
