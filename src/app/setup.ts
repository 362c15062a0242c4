// The first admin of a new server, made by whoever holds the link that was printed at its first start. There are no
// default accounts, and only digests of the links' tokens are stored.
import { usersCollection } from '#src/domain/account-collections.ts';
import type { User } from '#src/domain/accounts.ts';
import { DomainError } from '#src/domain/errors.ts';
import type { CollectionSpec, Documents } from '#src/ports/documents.ts';
import type { Secrets } from '#src/ports/secrets.ts';
import type { Accounts, NewAccount } from './accounts.ts';
import { digestOf, sameText } from './digest.ts';

export interface Setup {
  /** A new one-time token for the link, or null when an admin exists. Tokens printed before stay good. */
  token(): Promise<string | null>;
  needed(): Promise<boolean>;
  /** @throws forbidden for a wrong token, conflict when there is an admin */
  complete(token: string, account: NewAccount): Promise<User>;
}

interface SetupBody {
  tokenDigests: string[];
}

const setupCollection: CollectionSpec = { name: 'installation', indexes: [] };
const setupId = 'setup';
const tokensMax = 8;

export function createSetup(dependencies: {
  documents: Documents;
  accounts: Accounts;
  secrets: Secrets;
}): Setup {
  const { documents, accounts, secrets } = dependencies;
  const collection = documents.collection<SetupBody>(setupCollection);
  const users = documents.collection(usersCollection);
  let done = false;

  async function needed(): Promise<boolean> {
    // Once there is an admin there always is one: the last cannot leave.
    done ||= (await users.count({ role: 'admin', deletedAt: { exists: false } })) > 0;
    return !done;
  }

  async function remember(digest: string): Promise<void> {
    const stored = await collection.get(setupId);
    const tokenDigests = [...(stored?.body.tokenDigests ?? []), digest].slice(-tokensMax);
    // Every interface prints a link of its own, perhaps in the same moment: none forgets another's.
    const outcome =
      stored === null
        ? await collection.insert(setupId, { tokenDigests })
        : await collection.change(setupId, { set: { tokenDigests } }, { expectedVersion: stored.version });
    if (outcome.kind !== 'inserted' && outcome.kind !== 'changed') await remember(digest);
  }

  return {
    needed,
    async token() {
      if (!(await needed())) return null;
      const token = secrets.next();
      await remember(digestOf(token));
      return token;
    },
    async complete(token, account) {
      if (!(await needed())) throw new DomainError('conflict', 'This server is set up already');
      const digest = digestOf(token);
      const stored = await collection.get(setupId);
      const known = stored?.body.tokenDigests.some((one) => sameText(one, digest)) ?? false;
      if (!known) throw new DomainError('forbidden', 'This set-up link is not valid');
      const admin = await accounts.found(account);
      await collection.remove(setupId);
      return admin;
    },
  };
}
