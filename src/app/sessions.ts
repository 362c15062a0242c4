// Stored sessions: what makes a session token worth anything. Ending one is felt within half a second everywhere, and at
// once in this process. A session is renewed when half of its time is over, and is never older than 30 days.
import type { Caller } from '#src/domain/access.ts';
import { tokenScopes } from '#src/domain/access.ts';
import { sessionsCollection } from '#src/domain/account-collections.ts';
import { type AccountRules, sessionLifeMaxMs, type User } from '#src/domain/accounts.ts';
import type { Clock, Ids } from '#src/ports/clock.ts';
import type { Documents, Stored } from '#src/ports/documents.ts';
import type { MakeEvent } from './events.ts';
import { shortLived } from './short-lived.ts';
import { type Soon, whenKnown } from './soon.ts';
import type { Users } from './users.ts';

interface SessionBody {
  userId: string;
  createdAt: number;
  seenAt: number;
  expiresAt: number;
  address: string | null;
  agent: string | null;
  endedAt: number | null;
}

export interface Session {
  id: string;
  userId: string;
  createdAt: number;
  seenAt: number;
  expiresAt: number;
  address: string | null;
  agent: string | null;
}

/** A session that counts, and for whom. */
export interface LiveSession {
  caller: Caller;
  session: Session;
}

/** Where a request came from, as shown to the owner of a session. */
export interface Origin {
  address: string | null;
  agent: string | null;
}

export interface Sessions {
  begin(user: User, origin: Origin): Promise<Session>;
  /** The caller whom a session stands for; null when it ended, expired, or its user may not log in any more. */
  callerOf(sessionId: string): Soon<LiveSession | null>;
  /** Moves the end of a session whose half is over; null when there is nothing to do. */
  renewed(session: Session, origin: () => Origin): Soon<Session | null>;
  of(userId: string): Promise<Session[]>;
  /** False when the user has no such session. */
  end(userId: string, sessionId: string, reason: string): Promise<boolean>;
  endAll(userId: string, reason: string, except?: string): Promise<number>;
}

const keptAfterEndMs = 24 * 60 * 60_000;

export function createSessions(dependencies: {
  documents: Documents;
  users: Users;
  clock: Clock;
  ids: Ids;
  makeEvent: MakeEvent;
  rules(): AccountRules;
}): Sessions {
  const { documents, users, clock, ids, makeEvent, rules } = dependencies;
  const collection = documents.collection<SessionBody>(sessionsCollection);
  const known = shortLived<LiveSession | null>(clock);

  async function look(sessionId: string) {
    const stored = await collection.get(sessionId);
    if (stored === null || !isLive(stored.body, clock.now())) return null;
    const found = await users.byId(stored.body.userId);
    if (found === null || !found.user.active) return null;
    const { id: userId, role } = found.user;
    return { caller: { userId, role, sessionId, scopes: tokenScopes }, session: sessionOf(stored) };
  }

  async function renew(sessionId: string, set: Partial<SessionBody>): Promise<Session | null> {
    const outcome = await collection.change(sessionId, { set }, { where: { endedAt: { exists: false } } });
    known.forget(sessionId);
    return outcome.kind === 'changed' ? sessionOf(outcome.stored) : null;
  }

  async function end(userId: string, sessionId: string, reason: string): Promise<boolean> {
    const event = makeEvent(
      'user_logged_out',
      userId,
      { user_id: userId, logout_reason: reason },
      { userId },
    );
    const outcome = await collection.change(
      sessionId,
      { set: { endedAt: clock.now() } },
      { where: { userId, endedAt: { exists: false } }, outbox: [event] },
    );
    known.forget(sessionId);
    return outcome.kind === 'changed';
  }

  return {
    async begin(user, origin) {
      const now = clock.now();
      await collection.removeWhere({ expiresAt: { lt: now - keptAfterEndMs } }, 20);
      const body: SessionBody = {
        userId: user.id,
        createdAt: now,
        seenAt: now,
        expiresAt: now + rules().sessionTimeoutMs,
        endedAt: null,
        ...shown(origin),
      };
      const event = makeEvent('user_logged_in', user.id, {
        user_id: user.id,
        login_method: 'password',
        ip_address: body.address,
        user_agent: body.agent,
      });
      const id = ids.next();
      await collection.insert(id, body, { outbox: [event] });
      return sessionOf({ id, version: 1, body });
    },
    callerOf: (sessionId) =>
      whenKnown(known.get(sessionId, look), (found) =>
        found !== null && found.session.expiresAt > clock.now() ? found : null,
      ),
    renewed(session, origin) {
      const now = clock.now();
      const { sessionTimeoutMs } = rules();
      const expiresAt = Math.min(now + sessionTimeoutMs, session.createdAt + sessionLifeMaxMs);
      if (now - session.seenAt < sessionTimeoutMs / 2 || expiresAt <= session.expiresAt) return null;
      return renew(session.id, { seenAt: now, expiresAt, ...shown(origin()) });
    },
    async of(userId) {
      const where = { userId, endedAt: { exists: false }, expiresAt: { gt: clock.now() } };
      const page = await collection.find({ where, sort: { field: 'expiresAt', direction: 'descending' } });
      return page.rows.map(sessionOf);
    },
    end,
    async endAll(userId, reason, except) {
      const where = { userId, endedAt: { exists: false } };
      const page = await collection.find({ where, limit: 1_000 });
      const others = page.rows.filter((row) => row.id !== except);
      const ended = await Promise.all(others.map((row) => end(userId, row.id, reason)));
      return ended.filter(Boolean).length;
    },
  };
}

const isLive = (body: SessionBody, now: number): boolean => body.endedAt === null && body.expiresAt > now;

const sessionOf = ({ id, body }: Stored<SessionBody>): Session => ({
  id,
  userId: body.userId,
  createdAt: body.createdAt,
  seenAt: body.seenAt,
  expiresAt: body.expiresAt,
  address: body.address,
  agent: body.agent,
});

const shown = ({ address, agent }: Origin): Origin => ({
  address,
  agent: agent === null ? null : agent.slice(0, 200),
});
