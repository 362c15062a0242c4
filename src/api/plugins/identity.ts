// Finds out who is asking: an API token, or a session cookie whose stored session still lives. It refuses nothing by
// itself, except a change that a session's cookie makes without its CSRF token.

import type { SecurityLog } from '#src/app/security-log.ts';
import type { LiveSession, Session, Sessions } from '#src/app/sessions.ts';
import { type Soon, whenKnown } from '#src/app/soon.ts';
import type { Tokens } from '#src/app/tokens.ts';
import type { Caller } from '#src/domain/access.ts';
import { DomainError } from '#src/domain/errors.ts';
import type { Clock } from '#src/ports/clock.ts';
import { cookieIn, sessionCookie, sessionCookies } from './cookies.ts';
import type { SessionTokens } from './session-token.ts';

export interface Asking {
  request: Request;
  path: string;
  address: string | null;
  secure: boolean;
}

export interface Identity {
  caller: Caller | null;
  /** To be set when the session was renewed. */
  cookies: readonly string[];
  /** Asks once more, for what outlives its request. */
  again(): Promise<Caller | null>;
}

export type Identify = (asking: Asking) => Soon<Identity>;

const none: readonly string[] = [];
const nobody: Identity = { caller: null, cookies: none, again: async () => null };
const changing = new Set(['POST', 'PUT', 'DELETE', 'PATCH']);
/** The only paths that take a body from a guest. Who has no session yet, or a dead one, can have no CSRF token. */
const forGuests = new Set(['/api/v1/auth/login', '/api/v1/auth/register', '/api/v1/setup']);
export const takesGuests = (path: string): boolean => forGuests.has(withoutSlash(path));

export function createIdentify(dependencies: {
  sessions: Sessions;
  tokens: Tokens;
  sessionTokens: SessionTokens;
  securityLog: SecurityLog;
  clock: Clock;
}): Identify {
  const { sessions, tokens, sessionTokens, securityLog, clock } = dependencies;

  function bySession(sessionId: string | null, asking: Asking): Soon<Identity> {
    if (sessionId !== null)
      return whenKnown(sessions.callerOf(sessionId), (found) =>
        found === null ? nobody : ofSession(found, asking),
      );
    securityLog.violation('forged_token', { userId: null, address: asking.address });
    return nobody;
  }

  function ofSession({ caller, session }: LiveSession, asking: Asking): Soon<Identity> {
    checkCsrf(caller.userId, session.id, asking);
    const again = async () => (await sessions.callerOf(session.id))?.caller ?? null;
    const { request, address, secure } = asking;
    const origin = () => ({ address, agent: request.headers.get('user-agent') });
    const cookies = (renewed: Session | null): Soon<readonly string[]> =>
      renewed === null ? none : cookiesOf(sessionTokens, renewed, clock, secure);
    const set = whenKnown(sessions.renewed(session, origin), cookies);
    return whenKnown(set, (given) => ({ caller, cookies: given, again }));
  }

  function checkCsrf(userId: string, sessionId: string, { request, path, address }: Asking): void {
    if (!changing.has(request.method) || takesGuests(path)) return;
    if (sessionTokens.csrfFits(sessionId, request.headers.get('x-csrf-token'))) return;
    securityLog.violation('csrf', { userId, address });
    throw new DomainError('forbidden', 'CSRF token missing or invalid');
  }

  return (asking) => {
    const { headers } = asking.request;
    const authorization = headers.get('authorization');
    if (authorization !== null) {
      const bearer = /^Bearer +(\S+)$/i.exec(authorization)?.[1];
      if (bearer === undefined) return nobody;
      const again = () => tokens.callerOf(bearer);
      return again().then((caller) => ({ caller, cookies: none, again }));
    }
    const token = cookieIn(headers.get('cookie'), sessionCookie);
    if (token === null || token === '') return nobody;
    return whenKnown(sessionTokens.sessionIn(token), (sessionId) => bySession(sessionId, asking));
  };
}

const withoutSlash = (path: string): string => (path.endsWith('/') ? path.slice(0, -1) : path);

/** Both cookies for a session, until it ends. */
export async function cookiesOf(
  sessionTokens: SessionTokens,
  session: Session,
  clock: Clock,
  secure: boolean,
): Promise<string[]> {
  return sessionCookies({
    token: await sessionTokens.tokenFor(session),
    csrf: sessionTokens.csrfFor(session.id),
    maxAgeSeconds: Math.max(0, Math.floor((session.expiresAt - clock.now()) / 1000)),
    secure,
  });
}
