// What happens to every request before a route sees it and after it has answered: who it comes from, who is asking,
// whether it may ask so often, the headers of the answer, and the one line that is logged.
import { accessDenied, isDomainError } from '#src/domain/errors.ts';
import type { ApiDeps, RequestState } from './deps.ts';
import { type Failure, failureOf, loggable, responseOf } from './errors.ts';
import { clientFinder } from './plugins/address.ts';
import { setHeaders } from './plugins/headers.ts';
import { createIdentify } from './plugins/identity.ts';
import { createLimit } from './plugins/limits.ts';
import { createWeb } from './plugins/web.ts';
import type { Services } from './services.ts';

export type AnswerHeaders = Record<string, string | number | string[] | undefined>;

export interface Arrival {
  request: Request;
  /** The address of the socket's other end; null without a socket. */
  peer: string | null;
  /** Filled with what every answer carries. */
  headers: AnswerHeaders;
}

export interface Pipeline {
  stateOf(request: Request): RequestState;
  /** The answer when no route is to see the request. */
  arrive(arrival: Arrival): Promise<Response | undefined>;
  /** How a failure shows; logs what is ours and records what goes against the rules. */
  fail(request: Request, error: unknown): Failure;
  leave(request: Request, route: string, status: unknown): void;
}

export function createPipeline(deps: ApiDeps, services: Services): Pipeline {
  const { clock, ids, logger, limiter } = deps.ports;
  const { settings } = deps;
  const { sessions, tokens, sessionTokens, securityLog, limitsOf } = services;
  const identify = createIdentify({ sessions, tokens, sessionTokens, securityLog, clock });
  const limit = createLimit({ limiter, limitsOf, securityLog, clock, logger });
  const clientOf = clientFinder(settings.trustedProxies, settings.tls);
  const web = createWeb(deps.webFiles);
  const states = new WeakMap<Request, RequestState>();

  function stateOf(request: Request): RequestState {
    const known = states.get(request);
    if (known !== undefined) return known;
    const state: RequestState = {
      id: ids.next(),
      address: null,
      secure: false,
      caller: null,
      stillValid: async () => true,
      beganAt: clock.monotonic(),
    };
    states.set(request, state);
    return state;
  }

  return {
    stateOf,
    async arrive({ request, peer, headers }) {
      const state = stateOf(request);
      const { address, secure } = clientOf(peer, request.headers);
      state.address = address;
      state.secure = secure;
      const path = pathOf(request.url);
      const page = !path.startsWith('/api/') && path !== '/api';
      setHeaders(headers, { requestId: state.id, secure, page });
      if (page) return web(request, path);
      const identity = await identify({ request, path, address, secure });
      const { caller } = identity;
      state.caller = caller;
      if (caller !== null)
        state.stillValid = async () => {
          const now = await identity.again();
          return now !== null && now.userId === caller.userId && now.role === caller.role;
        };
      if (identity.cookies.length > 0) headers['set-cookie'] = identity.cookies;
      if (!settings.limitsEnabled) return undefined;
      const limited = await limit(path, state.caller, address);
      if (limited === null) return undefined;
      Object.assign(headers, limited.headers);
      return limited.refusal === null ? undefined : responseOf(limited.refusal);
    },
    fail(request, error) {
      const failure = failureOf(error, clock.now());
      const { id, caller, address } = stateOf(request);
      if (failure.status >= 500) logger.error({ requestId: id, error: loggable(error) }, 'a request failed');
      if (isForeign(error))
        securityLog.violation('foreign_object', { userId: caller?.userId ?? null, address });
      return failure;
    },
    leave(request, route, status) {
      const { id, caller, beganAt } = stateOf(request);
      const ms = Math.round(clock.monotonic() - beganAt);
      const fields = { requestId: id, method: request.method, route, status, ms, userId: caller?.userId };
      logger.info(fields, 'request');
    },
  };
}

const isForeign = (error: unknown): boolean =>
  isDomainError(error) && error.kind === 'forbidden' && error.message === accessDenied().message;

/** The path of an absolute URL, without building one. */
function pathOf(url: string): string {
  const from = url.indexOf('/', url.indexOf('//') + 2);
  if (from < 0) return '/';
  const query = url.indexOf('?', from);
  return query < 0 ? url.slice(from) : url.slice(from, query);
}
