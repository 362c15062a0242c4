// Registering, logging in and changing. An unknown name and a wrong password must look and last alike.
import type { UserRole } from '#src/domain/access.ts';
import {
  type AccountRules,
  faultOfEmail,
  faultOfPassword,
  faultOfUsername,
  isTooLong,
  nameKey,
  type User,
} from '#src/domain/accounts.ts';
import { DomainError, invalid } from '#src/domain/errors.ts';
import type { Clock, Ids } from '#src/ports/clock.ts';
import type { Passwords } from '#src/ports/passwords.ts';
import type { MakeEvent } from './events.ts';
import { createInTurn } from './in-turn.ts';
import type { Lockout } from './lockout.ts';
import type { Origin, Session, Sessions } from './sessions.ts';
import type { Users } from './users.ts';

export interface NewAccount {
  username: string;
  email: string;
  password: string;
}

/** Where an attempt comes from: shown to the owner, and the network that failures are counted for. */
export interface AttemptOrigin extends Origin {
  network: string;
}

export interface Accounts {
  register(account: NewAccount): Promise<User>;
  /** For admins and the command line: any role. */
  create(account: NewAccount, role: UserRole, active: boolean): Promise<User>;
  /** The one admin that the set-up makes. @throws conflict when there was one already */
  found(account: NewAccount): Promise<User>;
  login(username: string, password: string, origin: AttemptOrigin): Promise<{ user: User; session: Session }>;
  byId(userId: string): Promise<User>;
  changePassword(
    userId: string,
    sessionId: string,
    change: { current: string; next: string },
    origin: AttemptOrigin,
  ): Promise<void>;
  /** Without the current one, by an admin; ends every session of the user. */
  resetPassword(userId: string, next: string, by: string): Promise<void>;
  /** The user, who has said the password again. @throws validation for a wrong one */
  confirm(userId: string, password: string, origin: AttemptOrigin): Promise<User>;
}

export interface AccountDependencies {
  users: Users;
  sessions: Sessions;
  lockout: Lockout;
  passwords: Passwords;
  clock: Clock;
  ids: Ids;
  makeEvent: MakeEvent;
  rules(): AccountRules;
}

export function createAccounts(dependencies: AccountDependencies): Accounts {
  const { users, sessions, passwords, clock, makeEvent, rules } = dependencies;
  const verified = passwordVerifier(dependencies);

  async function changed(userId: string, username: string, password: string, by: string): Promise<void> {
    const fault = faultOfPassword(password, username, rules(), 'new_password');
    if (fault !== null) throw fault;
    const event = makeEvent(
      'user_updated',
      userId,
      { user_id: userId, updated_fields: ['password'], updated_by: by },
      { userId: by },
    );
    const set = { passwordHash: await passwords.hash(password), updatedAt: clock.now() };
    if ((await users.change(userId, set, [event])) === null) throw userNotFound();
  }

  async function existing(userId: string) {
    const found = await users.byId(userId);
    if (found === null) throw userNotFound();
    return found;
  }

  return {
    register: (account) => insert(dependencies, account, { role: 'user', active: true, founder: false }),
    create: (account, role, active) => insert(dependencies, account, { role, active, founder: false }),
    found: (account) => insert(dependencies, account, { role: 'admin', active: true, founder: true }),
    async login(username, password, origin) {
      const user = await verified(username, password, origin, wrongLogin);
      return { user, session: await sessions.begin(user, origin) };
    },
    byId: async (userId) => (await existing(userId)).user,
    async changePassword(userId, sessionId, { current, next }, origin) {
      const { user } = await existing(userId);
      await verified(user.username, current, origin, () => wrongPassword('current_password'));
      await changed(userId, user.username, next, userId);
      await sessions.endAll(userId, 'password_changed', sessionId);
    },
    async resetPassword(userId, next, by) {
      const { user } = await existing(userId);
      await changed(userId, user.username, next, by);
      await sessions.endAll(userId, 'password_reset');
    },
    async confirm(userId, password, origin) {
      const { user } = await existing(userId);
      return verified(user.username, password, origin, () => wrongPassword('password'));
    },
  };
}

const wrongLogin = () => new DomainError('unauthorized', 'Invalid credentials');
const wrongPassword = (field: string) => invalid('This is not your password', ['body', field]);
const userNotFound = () => new DomainError('not_found', 'User not found');

async function insert(
  { users, passwords, clock, ids, makeEvent, rules }: AccountDependencies,
  account: NewAccount,
  rest: { role: UserRole; active: boolean; founder: boolean },
): Promise<User> {
  const { username, email, password } = account;
  const fault =
    faultOfUsername(username) ?? faultOfEmail(email) ?? faultOfPassword(password, username, rules());
  if (fault !== null) throw fault;
  const id = ids.next();
  const passwordHash = await passwords.hash(password);
  const event = makeEvent('user_registered', id, { user_id: id, username, email }, { userId: id });
  return users.insert({ id, username, email, passwordHash, at: clock.now(), ...rest }, [event]);
}

/** Attempts for one name from one network come one after another, so that many at once cannot outrun the count. */
function passwordVerifier({ users, lockout, passwords, makeEvent }: AccountDependencies) {
  const inTurn = createInTurn();
  return (username: string, password: string, origin: AttemptOrigin, wrong: () => DomainError) =>
    inTurn(`${nameKey(username)}\n${origin.network}`, async (): Promise<User> => {
      await lockout.admit(username, origin.network);
      const found = await users.byName(username);
      const fits = !isTooLong(password);
      const matches = await passwords.verify(fits ? password : '', found?.passwordHash ?? null);
      if (found !== null && fits && matches && found.user.active) {
        await lockout.succeeded(username, origin.network);
        return found.user;
      }
      const event = makeEvent(
        'auth_failed',
        found?.user.id ?? 'unknown',
        { username: shownName(username), reason: 'invalid_credentials', ip_address: origin.address },
        found === null ? {} : { userId: found.user.id },
      );
      await lockout.failed(username, origin.network, event);
      throw wrong();
    });
}

/** People type passwords into the wrong field; only what could be a name is kept. */
const shownName = (username: string): string | null => (faultOfUsername(username) === null ? username : null);
