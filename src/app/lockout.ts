// Guessing made slow: after too many failures one network is shut out from one name for a while, so that nobody can shut
// the owner out from elsewhere; over all networks a name only meets a growing delay. Names are kept as digests.
import { attemptsCollection } from '#src/domain/account-collections.ts';
import {
  type AccountRules,
  type Attempts,
  afterFailure,
  delayMs,
  lockedMs,
  nameKey,
} from '#src/domain/accounts.ts';
import { DomainError, unavailable } from '#src/domain/errors.ts';
import type { DomainEvent } from '#src/domain/events.ts';
import type { Clock } from '#src/ports/clock.ts';
import type { Collection, Documents } from '#src/ports/documents.ts';
import { digestOf } from './digest.ts';

interface AttemptsBody extends Attempts {
  name: string;
}

export interface Lockout {
  /** Resolves when the attempt may go on, held back where many have failed. @throws account_locked */
  admit(username: string, network: string): Promise<void>;
  failed(username: string, network: string, event: DomainEvent): Promise<void>;
  succeeded(username: string, network: string): Promise<void>;
  /** Forgets every failure of a name. */
  unlock(username: string): Promise<void>;
}

const keptMs = 24 * 60 * 60_000;
const triesMax = 10;

export function createLockout(dependencies: {
  documents: Documents;
  clock: Clock;
  rules(): AccountRules;
}): Lockout {
  const { documents, clock, rules } = dependencies;
  const collection = documents.collection<AttemptsBody>(attemptsCollection);

  return {
    async admit(username, network) {
      const now = clock.now();
      const one = await collection.get(idOf(username, network));
      const locked = lockedMs(one?.body ?? null, now);
      if (locked > 0)
        throw new DomainError('account_locked', 'Too many failed attempts; try again later', {
          retryAfterMs: locked,
        });
      const all = await collection.get(idOf(username, everywhere));
      const delay = delayMs(all?.body ?? null, now, rules());
      if (delay > 0) await new Promise<void>((resolve) => clock.after(delay, resolve));
    },
    async failed(username, network, event) {
      await collection.removeWhere({ lastAt: { lt: clock.now() - keptMs } }, 20);
      await count(collection, username, everywhere, clock.now(), rules(), []);
      await count(collection, username, network, clock.now(), rules(), [event]);
    },
    async succeeded(username, network) {
      await collection.change(idOf(username, network), forgiven, failed);
    },
    async unlock(username) {
      const where = { name: digestOf(nameKey(username)), ...failed.where };
      for (;;) {
        const { rows } = await collection.find({ where });
        await Promise.all(rows.map(({ id }) => collection.change(id, forgiven, failed)));
        if (rows.length === 0) return;
      }
    },
  };
}

// Changed, not removed: an event of the last failure may still wait in the document's outbox.
const forgiven = { set: { failures: 0, lockedUntil: null } };
const failed = { where: { failures: { gt: 0 } } };

/** Stands for all networks together; no network is called so. */
const everywhere = '*';

const idOf = (username: string, network: string): string => digestOf(`${nameKey(username)}\n${network}`);

async function count(
  collection: Collection<AttemptsBody>,
  username: string,
  network: string,
  now: number,
  rules: AccountRules,
  outbox: readonly DomainEvent[],
): Promise<void> {
  const id = idOf(username, network);
  for (let tries = 0; tries < triesMax; tries += 1) {
    const before = await collection.get(id);
    const after = afterFailure(before?.body ?? null, now, rules);
    if (before === null) {
      const outcome = await collection.insert(
        id,
        { name: digestOf(nameKey(username)), ...after },
        { outbox },
      );
      if (outcome.kind === 'inserted') return;
      continue;
    }
    const outcome = await collection.change(
      id,
      { set: { ...after } },
      { expectedVersion: before.version, outbox },
    );
    if (outcome.kind === 'changed') return;
  }
  throw unavailable('documents');
}
