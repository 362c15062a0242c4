// The HTTP interface as one Elysia application. It holds no rules: requests are identified, limited, checked against
// their schemas and handed to a use case; failures become answers in one table.
import { Elysia } from 'elysia';
import type { ApiContext, ApiDeps, RequestState } from './deps.ts';
import { failureOf, methodNotAllowed, notFound, responseOf } from './errors.ts';
import { createStreams } from './plugins/sse.ts';
import { routeModules } from './routes/all.ts';

export const apiPrefix = '/api/v1';

export function createApi(deps: ApiDeps) {
  const states = new WeakMap<Request, RequestState>();
  const context: ApiContext = {
    deps,
    streams: createStreams(deps.ports.clock, deps.ports.logger),
    stateOf: (request) => states.get(request) ?? begin(request),
  };

  function begin(request: Request): RequestState {
    const { clock, ids } = deps.ports;
    const state = { id: ids.next(), address: null, secure: false, caller: null, beganAt: clock.monotonic() };
    states.set(request, state);
    return state;
  }

  const app = new Elysia({ prefix: apiPrefix, systemRouter: false });
  app.onError(({ code, error, request, path }) => {
    if (code === 'NOT_FOUND') return responseOf(missing(request.method, path));
    const failure = failureOf(error, deps.ports.clock.now());
    if (failure.status >= 500)
      deps.ports.logger.error({ requestId: context.stateOf(request).id, error }, 'a request failed');
    return responseOf(failure);
  });
  for (const module of routeModules) app.use(module(context));

  function missing(method: string, path: string) {
    const allowed = [
      ...new Set(app.routes.filter((route) => matches(route.path, path)).map((r) => r.method)),
    ];
    if (allowed.length === 0 || allowed.includes(method)) return notFound;
    return methodNotAllowed(allowed.includes('GET') ? [...allowed, 'HEAD'] : allowed);
  }
  return app;
}

/** Whether a path fits a route's pattern, segment by segment. */
function matches(pattern: string, path: string): boolean {
  const wanted = pattern.split('/').filter(Boolean);
  const given = path.split('/').filter(Boolean);
  if (wanted.length !== given.length) return false;
  return wanted.every((part, index) => part.startsWith(':') || part === given[index]);
}
