// Finds out who is asking: an API token, or a session cookie whose stored session still lives. It refuses nothing by
// itself, except a change that a session's cookie makes without its CSRF token.

import type { SecurityLog } from '#src/app/security-log.ts';
import type { Session, Sessions } from '#src/app/sessions.ts';
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
  cookies: string[];
  /** Asks once more, for what outlives its request. */
  again(): Promise<Caller | null>;
}

export type Identify = (asking: Asking) => Identity | Promise<Identity>;

const nobody: Identity = { caller: null, cookies: [], again: async () => null };
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

  async function bySession(token: string, asking: Asking): Promise<Identity> {
    const named = sessionTokens.sessionIn(token);
    const sessionId = typeof named === 'string' ? named : await named;
    if (sessionId === null) {
      securityLog.violation('forged_token', { userId: null, address: asking.address });
      return nobody;
    }
    const found = await sessions.callerOf(sessionId);
    if (found === null) return nobody;
    checkCsrf(found.caller.userId, sessionId, asking);
    const { request, address } = asking;
    const agent = request.headers.get('user-agent');
    const renewed = await sessions.renewed(found.session, { address, agent });
    return {
      caller: found.caller,
      cookies: renewed === null ? [] : await cookiesOf(sessionTokens, renewed, clock, asking.secure),
      again: async () => (await sessions.callerOf(sessionId))?.caller ?? null,
    };
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
      return again().then((caller) => ({ caller, cookies: [], again }));
    }
    const token = cookieIn(headers.get('cookie'), sessionCookie);
    return token === null || token === '' ? nobody : bySession(token, asking);
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
