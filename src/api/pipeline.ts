// What happens to every request before a route sees it and after it has answered: who it comes from, who is asking,
// whether it may ask so often, the headers of the answer, and the one line that is logged.
import { type Soon, whenKnown } from '#src/app/soon.ts';
import type { Caller } from '#src/domain/access.ts';
import { accessDenied, isDomainError } from '#src/domain/errors.ts';
import type { ApiDeps, RequestState } from './deps.ts';
import { type Failure, failureOf, loggable, responseOf } from './errors.ts';
import { clientFinder } from './plugins/address.ts';
import { inTime } from './plugins/answer-deadline.ts';
import { type Carried, setHeaders } from './plugins/headers.ts';
import { createIdentify } from './plugins/identity.ts';
import { healthPrefix, type Life, lifePath } from './plugins/life.ts';
import { createLimit } from './plugins/limits.ts';
import { createRequestLog } from './plugins/request-log.ts';
import { createWeb } from './plugins/web.ts';
import type { Services } from './services.ts';

/** The routes' part of an answer. */
export type Handle = (request: Request) => Response | Promise<Response>;

/** The address of the socket's other end; null without a socket. */
export type PeerOf = (request: Request) => string | null;

export interface Pipeline {
  stateOf(request: Request): RequestState;
  /**
   * The whole answer to a request. `handle` is asked only if the request may go on.
   */
  answer(request: Request, peerOf: PeerOf, handle: Handle): Promise<Response>;
  /** How a failure shows; logs what is ours and records what goes against the rules. */
  fail(request: Request, error: unknown): Failure;
}

export function createPipeline(deps: ApiDeps, services: Services, life: Life): Pipeline {
  const { clock, ids, logger, limiter } = deps.ports;
  const { settings } = deps;
  const { sessions, tokens, sessionTokens, securityLog, limitsOf } = services;
  const identify = createIdentify({ sessions, tokens, sessionTokens, securityLog, clock });
  const limit = createLimit({ limiter, limitsOf, securityLog, clock, logger });
  const clientOf = clientFinder(settings.trustedProxies, settings.tls);
  const web = createWeb(deps.webFiles);
  const log = createRequestLog(logger);
  const states = new WeakMap<Request, RequestState>();

  function stateOf(request: Request): RequestState {
    const known = states.get(request);
    if (known !== undefined) return known;
    const beganAt = clock.monotonic();
    const state: RequestState = {
      id: ids.next(),
      address: null,
      secure: false,
      caller: null,
      stillValid: async () => true,
      beganAt,
      waitsSince: beganAt,
      route: null,
    };
    states.set(request, state);
    return state;
  }

  /** The answer when no route is to see the request; fills in what every answer is to carry. */
  function arrive(
    request: Request,
    path: string,
    state: RequestState,
    carried: Carried,
  ): Soon<Response | null> {
    carried.page = !path.startsWith('/api/') && path !== '/api';
    if (carried.page) return web(request, path);
    // Whoever asks how we are is told, also when nobody can be recognised for want of a store.
    if (path.startsWith(healthPrefix)) return null;
    const { address, secure } = state;
    return whenKnown(identify({ request, path, address, secure }), ({ caller, cookies, again }) => {
      state.caller = caller;
      carried.cookies = cookies;
      if (caller !== null) state.stillValid = async () => isSame(caller, await again());
      return settings.limitsEnabled ? counted(path, state, carried) : null;
    });
  }

  async function counted(
    path: string,
    { caller, address }: RequestState,
    carried: Carried,
  ): Promise<Response | null> {
    const limited = await limit(path, caller, address);
    if (limited === null) return null;
    carried.limit = limited.decision;
    return limited.refusal === null ? null : responseOf(limited.refusal);
  }

  function fail(request: Request, error: unknown): Failure {
    const failure = failureOf(error, clock.now());
    const { id, caller, address } = stateOf(request);
    if (failure.status >= 500) logger.error({ requestId: id, error: loggable(error) }, 'a request failed');
    if (isForeign(error))
      securityLog.violation('foreign_object', { userId: caller?.userId ?? null, address });
    return failure;
  }

  function leave(request: Request, { id, caller, route, beganAt }: RequestState, status: number): void {
    const ms = Math.round(clock.monotonic() - beganAt);
    log({ requestId: id, method: request.method, route, status, ms, userId: caller?.userId });
  }

  return {
    stateOf,
    async answer(request, peerOf, handle) {
      const path = pathOf(request.url);
      if (path === lifePath && request.method === 'GET') return life.answer(ids.next());
      const state = stateOf(request);
      const { address, secure } = clientOf(peerOf(request), request.headers);
      state.address = address;
      state.secure = secure;
      const carried: Carried = { page: false, cookies: [], limit: null };
      let answer: Response;
      try {
        const arrival = inTime(arrive(request, path, state, carried), state, clock);
        const refused = arrival instanceof Promise ? await arrival : arrival;
        answer = refused ?? (await inTime(handle(request), state, clock));
      } catch (error) {
        answer = responseOf(fail(request, error));
      }
      setHeaders(answer.headers, { requestId: state.id, secure, ...carried });
      leave(request, state, answer.status);
      return answer;
    },
    fail,
  };
}

const isSame = (caller: Caller, now: Caller | null): boolean =>
  now !== null && now.userId === caller.userId && now.role === caller.role;

const isForeign = (error: unknown): boolean =>
  isDomainError(error) && error.kind === 'forbidden' && error.message === accessDenied().message;

/** The path of an absolute URL, without building one. */
function pathOf(url: string): string {
  const from = url.indexOf('/', url.indexOf('//') + 2);
  if (from < 0) return '/';
  const query = url.indexOf('?', from);
  return query < 0 ? url.slice(from) : url.slice(from, query);
}
