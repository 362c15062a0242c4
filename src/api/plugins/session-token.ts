// Session tokens (JWT) and the CSRF token that belongs to each session. Each has its own key, made from the one secret.
// A token only names a session; whether that still lives, the stored session says.
import { createHmac } from 'node:crypto';
import { jwt } from '@elysiajs/jwt';
import { sameText } from '#src/app/digest.ts';
import type { Session } from '#src/app/sessions.ts';
import type { Soon } from '#src/app/soon.ts';

export interface SessionTokens {
  tokenFor(session: Session): Promise<string>;
  /** The session's id, at once when the token is known; null for one that was not signed here. */
  sessionIn(token: string): Soon<string | null>;
  csrfFor(sessionId: string): string;
  csrfFits(sessionId: string, given: string | null): boolean;
}

const verifiedMax = 5_000;

export function createSessionTokens(secret: string): SessionTokens {
  const signer = jwt({ name: 'token', secret: keyFrom(secret, 'session'), alg: 'HS256' }).decorator.token;
  const csrfKey = keyFrom(secret, 'csrf');
  // A signature once found good stays good, so each token is judged once.
  const verified = new Map<string, string>();
  const csrfFor = (sessionId: string) => createHmac('sha256', csrfKey).update(sessionId).digest('base64url');

  async function verify(token: string): Promise<string | null> {
    // The epoch as the current date: expiry is the stored session's, which may have been renewed or ended since.
    const claims = await signer.verify(token, { algorithms: ['HS256'], currentDate: new Date(0) });
    if (claims === false || typeof claims.sid !== 'string') return null;
    if (verified.size >= verifiedMax) verified.clear();
    verified.set(token, claims.sid);
    return claims.sid;
  }

  return {
    tokenFor: (session) =>
      signer.sign({ sid: session.id, sub: session.userId, exp: Math.ceil(session.expiresAt / 1000) }),
    sessionIn: (token) => verified.get(token) ?? verify(token),
    csrfFor,
    csrfFits: (sessionId, given) => given !== null && sameText(csrfFor(sessionId), given),
  };
}

const keyFrom = (secret: string, purpose: string): string =>
  createHmac('sha256', secret).update(purpose).digest('hex');
