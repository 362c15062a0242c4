// Leaving with all that one owns. The wish is accepted once its record is stored; then the account is closed before the
// answer, and the rest goes by itself, whatever happens to this process.
import { closedAccount } from '#src/domain/account-collections.ts';
import {
  adminLeaving,
  lastAdminWords,
  accountRemovalMachineName as machine,
} from '#src/domain/account-removal.ts';
import { nameKey, type User } from '#src/domain/accounts.ts';
import { DomainError } from '#src/domain/errors.ts';
import type { Clock, Ids } from '#src/ports/clock.ts';
import type { Sagas } from '#src/ports/sagas.ts';
import type { Accounts, AttemptOrigin } from './accounts.ts';
import { digestOf } from './digest.ts';
import type { Sessions } from './sessions.ts';
import type { Tokens } from './tokens.ts';
import type { Users } from './users.ts';

/** @throws unauthorized, validation for a wrong password, conflict for the last admin */
export type Leave = (userId: string, password: string, origin: AttemptOrigin) => Promise<void>;

export function createLeave(dependencies: {
  accounts: Pick<Accounts, 'confirm'>;
  users: Pick<Users, 'hasOtherAdmin' | 'change'>;
  sessions: Pick<Sessions, 'endAll'>;
  tokens: Pick<Tokens, 'removeAll'>;
  sagas: Pick<Sagas, 'start' | 'send'>;
  clock: Clock;
  ids: Ids;
}): Leave {
  const { accounts, users, sessions, tokens, sagas, clock, ids } = dependencies;

  const isLastAdmin = async ({ id, role }: User): Promise<boolean> =>
    role === 'admin' && !(await users.hasOtherAdmin(id));

  async function accept(user: User): Promise<void> {
    const removalId = ids.next();
    const input = {
      removalId,
      userId: user.id,
      by: user.id,
      reason: 'left',
      isAdmin: user.role === 'admin',
      attemptsName: digestOf(nameKey(user.username)),
    };
    const outcome = await sagas.start({ machine, id: removalId, cause: `leave ${removalId}`, input });
    if (outcome.kind === 'taken') {
      // Else it is this very account, which is being removed already.
      if (outcome.unique === adminLeaving)
        throw new DomainError('conflict', 'Another admin is leaving at this moment; try again soon');
      return;
    }
    // Another admin may have gone between the first look and this; from now on none can.
    if (!(await isLastAdmin(user))) return;
    const refused = { type: 'REFUSED', words: lastAdminWords };
    await sagas.send(machine, removalId, `refuse ${removalId}`, refused);
    throw lastAdmin();
  }

  return async (userId, password, origin) => {
    const user = await accounts.confirm(userId, password, origin);
    if (await isLastAdmin(user)) throw lastAdmin();
    await accept(user);
    await users.change(userId, closedAccount(clock.now()), []);
    await sessions.endAll(userId, 'account_deleted');
    await tokens.removeAll(userId);
  };
}

const lastAdmin = () => new DomainError('conflict', lastAdminWords);
