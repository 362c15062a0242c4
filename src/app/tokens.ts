// API tokens: shown once, stored as digests, good only while their user may log in.
import { type Caller, type TokenScope, tokenScopes } from '#src/domain/access.ts';
import { tokensCollection } from '#src/domain/account-collections.ts';
import { DomainError, invalid } from '#src/domain/errors.ts';
import type { Clock, Ids } from '#src/ports/clock.ts';
import type { Documents, Stored } from '#src/ports/documents.ts';
import type { Secrets } from '#src/ports/secrets.ts';
import { digestOf, sameText } from './digest.ts';
import { shortLived } from './short-lived.ts';
import type { Users } from './users.ts';

interface TokenBody {
  userId: string;
  name: string;
  digest: string;
  scopes: TokenScope[];
  createdAt: number;
  expiresAt: number | null;
}

export interface ApiToken {
  id: string;
  name: string;
  scopes: TokenScope[];
  createdAt: number;
  expiresAt: number | null;
}

export interface NewToken {
  name: string;
  scopes: readonly TokenScope[];
  /** Null: never. */
  expiresAt: number | null;
}

export interface Tokens {
  /** The text is answered here and never again. */
  create(userId: string, token: NewToken): Promise<{ token: ApiToken; text: string }>;
  of(userId: string): Promise<ApiToken[]>;
  remove(userId: string, tokenId: string): Promise<void>;
  removeAll(userId: string): Promise<void>;
  callerOf(text: string): Promise<Caller | null>;
}

const tokensMax = 50;
const form = /^gr_([0-9a-zA-Z-]{1,64})_([0-9a-zA-Z_-]{1,128})$/;

export function createTokens(dependencies: {
  documents: Documents;
  users: Users;
  clock: Clock;
  ids: Ids;
  secrets: Secrets;
}): Tokens {
  const { documents, users, clock, ids, secrets } = dependencies;
  const collection = documents.collection<TokenBody>(tokensCollection);
  const known = shortLived<Caller | null>(clock);

  async function look(text: string): Promise<Caller | null> {
    const [, id, secret] = form.exec(text) ?? [];
    if (id === undefined || secret === undefined) return null;
    const stored = await collection.get(id);
    if (stored === null || !sameText(stored.body.digest, digestOf(secret))) return null;
    const { userId, scopes, expiresAt } = stored.body;
    if (expiresAt !== null && expiresAt <= clock.now()) return null;
    const found = await users.byId(userId);
    if (found === null || !found.user.active) return null;
    return { userId, role: found.user.role, sessionId: null, scopes };
  }

  return {
    async create(userId, { name, scopes, expiresAt }) {
      if (expiresAt !== null && expiresAt <= clock.now())
        throw invalid('A token must expire in the future', ['body', 'expires_at']);
      if ((await collection.count({ userId })) >= tokensMax)
        throw new DomainError('conflict', `There are ${tokensMax} tokens already`);
      const secret = secrets.next();
      const id = ids.next();
      const kept = tokenScopes.filter((scope) => scopes.includes(scope));
      const body: TokenBody = {
        userId,
        name,
        digest: digestOf(secret),
        scopes: kept,
        createdAt: clock.now(),
        expiresAt,
      };
      await collection.insert(id, body);
      return { token: tokenOf({ id, version: 1, body }), text: `gr_${id}_${secret}` };
    },
    async of(userId) {
      const page = await collection.find({ where: { userId } });
      return page.rows.map(tokenOf).toSorted((one, other) => other.createdAt - one.createdAt);
    },
    async remove(userId, tokenId) {
      const removed = await collection.remove(tokenId, { where: { userId } });
      if (!removed) throw new DomainError('not_found', 'Token not found');
      known.clear();
    },
    async removeAll(userId) {
      await collection.removeWhere({ userId }, tokensMax * 2);
      known.clear();
    },
    callerOf: async (text) => known.get(text, look),
  };
}

const tokenOf = ({ id, body }: Stored<TokenBody>): ApiToken => ({
  id,
  name: body.name,
  scopes: body.scopes,
  createdAt: body.createdAt,
  expiresAt: body.expiresAt,
});
