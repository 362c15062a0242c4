// The people who may log in. Names and addresses are unique without regard to upper and lower case, by index.
import type { UserRole } from '#src/domain/access.ts';
import { activeAdmins, usersCollection } from '#src/domain/account-collections.ts';
import { emailKey, nameKey, type User } from '#src/domain/accounts.ts';
import { DomainError } from '#src/domain/errors.ts';
import type { DomainEvent } from '#src/domain/events.ts';
import type { Change, Documents, Stored } from '#src/ports/documents.ts';

export interface UserBody {
  username: string;
  nameKey: string | null;
  email: string;
  emailKey: string | null;
  passwordHash: string | null;
  role: UserRole;
  active: boolean;
  createdAt: number;
  updatedAt: number;
  /** Held by the admin whom the set-up made, so that two set-ups at once cannot both succeed. */
  founder: 'only' | null;
  deletedAt: number | null;
}

export interface NewUser {
  id: string;
  username: string;
  email: string;
  passwordHash: string;
  role: UserRole;
  active: boolean;
  founder: boolean;
  at: number;
}

export interface StoredUser {
  user: User;
  passwordHash: string | null;
}

export interface Users {
  byId(id: string): Promise<StoredUser | null>;
  byName(username: string): Promise<StoredUser | null>;
  /** @throws conflict, with the text that clients test for. */
  insert(user: NewUser, outbox: readonly DomainEvent[]): Promise<User>;
  /** Null when there is no such user. */
  change(id: string, set: Change['set'], outbox: readonly DomainEvent[]): Promise<User | null>;
  /** Whether there is an active admin besides this user. */
  hasOtherAdmin(id: string): Promise<boolean>;
}

export function createUsers(documents: Documents): Users {
  const collection = documents.collection<UserBody>(usersCollection);
  return {
    async byId(id) {
      return fromDocument(await collection.get(id));
    },
    async byName(username) {
      const page = await collection.find({ where: { nameKey: nameKey(username) }, limit: 1 });
      return fromDocument(page.rows[0] ?? null);
    },
    async insert(user, outbox) {
      const body = toDocument(user);
      const outcome = await collection.insert(user.id, body, { outbox });
      if (outcome.kind === 'taken') throw taken(outcome.fields);
      if (outcome.kind === 'exists') throw new DomainError('infrastructure', 'An id was drawn twice');
      return userOf({ id: user.id, version: 1, body });
    },
    async change(id, set, outbox) {
      const outcome = await collection.change(id, set === undefined ? {} : { set }, {
        outbox,
        where: living,
      });
      if (outcome.kind === 'taken') throw taken(outcome.fields);
      return outcome.kind === 'changed' ? userOf(outcome.stored) : null;
    },
    async hasOtherAdmin(id) {
      const { rows } = await collection.find({ where: activeAdmins, limit: 2 });
      return rows.some((admin) => admin.id !== id);
    },
  };
}

const living = { deletedAt: { exists: false } } as const;

function taken(fields: readonly string[]): DomainError {
  if (fields.includes('founder')) return new DomainError('conflict', 'This server is set up already');
  if (fields.includes('emailKey')) return new DomainError('conflict', 'Email already registered');
  return new DomainError('conflict', 'Username already registered');
}

const toDocument = (user: NewUser): UserBody => ({
  username: user.username,
  nameKey: nameKey(user.username),
  email: user.email,
  emailKey: emailKey(user.email),
  passwordHash: user.passwordHash,
  role: user.role,
  active: user.active,
  createdAt: user.at,
  updatedAt: user.at,
  founder: user.founder ? 'only' : null,
  deletedAt: null,
});

function fromDocument(stored: Stored<UserBody> | null): StoredUser | null {
  if (stored === null || stored.body.deletedAt !== null) return null;
  return { user: userOf(stored), passwordHash: stored.body.passwordHash };
}

/** A user as the domain knows it, without what must never leave the store. */
export const userOf = ({ id, body }: Stored<UserBody>): User => ({
  id,
  username: body.username,
  email: body.email,
  role: body.role,
  active: body.active,
  createdAt: body.createdAt,
  updatedAt: body.updatedAt,
});
