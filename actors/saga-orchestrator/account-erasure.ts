// Removes everything that belongs to a closed account, in an order in which every crash leaves something to go on from: the
// runs with all that they left, then what is about the account itself. May be repeated; what something still has to say
// with is left for the next time.
import type { Kernel } from '#actors/kernel/kernel.ts';
import { type Placement, placementsSpec } from '#actors/placements.ts';
import {
  attemptsCollection,
  securityLogCollection,
  sessionsCollection,
  tokensCollection,
  userLimitsCollection,
  usersCollection,
} from '#src/domain/account-collections.ts';
import { accountRemovalMachineName } from '#src/domain/account-removal.ts';
import { deadLetterMachineName } from '#src/domain/dead-letter.ts';
import { attemptKey } from '#src/domain/ids.ts';
import { quotasCollection } from '#src/domain/quotas.ts';
import { inputsCollection } from '#src/domain/run-collections.ts';
import type { SagaRecord } from '#src/domain/saga-record.ts';
import type { CollectionSpec } from '#src/ports/documents.ts';
import type { Filter, Page } from '#src/ports/filter.ts';
import type { Ports } from '#src/ports/ports.ts';
import { eraseParts } from './erasure.ts';
import { executionMachineName } from './inbox.ts';

type ErasingPorts = Pick<Ports, 'records' | 'documents' | 'outputLog'>;
type Sagas = Pick<Kernel, 'send' | 'delete'>;

export interface Erased {
  executions: number;
  documents: number;
  /** What cannot go yet. */
  left: number;
}

interface Account {
  userId: string;
  removalId: string;
  attemptsName: string;
}

const pageRows = 50;
const unsentLook = 1_000;

export async function eraseAccount(ports: ErasingPorts, sagas: Sagas, account: Account): Promise<Erased> {
  const { userId, removalId } = account;
  const erased: Erased = { executions: 0, documents: 0, left: 0 };
  for await (const run of all(ports, executionMachineName, { userId })) {
    const gone = await eraseRun(ports, sagas, run);
    if (gone) erased.executions += 1;
    else erased.left += 1;
  }
  // Of wishes to leave that were refused.
  for await (const { id } of all(ports, accountRemovalMachineName, { userId, final: true }))
    if (id !== removalId && !(await removeRecord(ports, sagas, accountRemovalMachineName, id)))
      erased.left += 1;
  await eraseDocuments(ports, account, erased);
  return erased;
}

/** A run with all that it left. False while it has something to say. */
async function eraseRun(ports: ErasingPorts, sagas: Sagas, run: SagaRecord): Promise<boolean> {
  // Without what it was asked to be, no late command makes a sandbox of it.
  await ports.documents.collection(inputsCollection).remove(run.id);
  const placements = ports.documents.collection<Placement>(placementsSpec);
  for (let attempt = Number(run.fields.attempt ?? 0); attempt > 0; attempt -= 1)
    await placements.remove(attemptKey(run.id, attempt), { where: { state: 'gone' } });
  for await (const letter of all(ports, deadLetterMachineName, { key: run.id })) {
    const event = { type: 'DISCARD_REQUESTED', by: 'account-removal', reason: 'The account was removed' };
    if (!letter.final) await sagas.send(deadLetterMachineName, letter.id, `${letter.id}/account`, event);
    if (!(await removeRecord(ports, sagas, deadLetterMachineName, letter.id))) return false;
  }
  return removeRecord(ports, sagas, executionMachineName, run.id);
}

async function removeRecord(
  ports: ErasingPorts,
  sagas: Sagas,
  machine: string,
  id: string,
): Promise<boolean> {
  if ((await sagas.delete(machine, id)) === 'unfinished') return false;
  const record = await ports.records.load(machine, id);
  if (record === null) return true;
  await eraseParts(ports, record);
  if (record.outbox.some(({ n }) => n > record.sentThrough)) return false;
  await ports.records.remove(machine, id);
  return true;
}

async function eraseDocuments(ports: ErasingPorts, account: Account, erased: Erased): Promise<void> {
  const { userId, attemptsName } = account;
  const unsent = await ports.documents.unsent(Number.MAX_SAFE_INTEGER, unsentLook);
  const speaking = new Set(unsent.map(({ collection, id }) => `${collection}/${id}`));
  const speaks = (collection: string, id: string): boolean =>
    unsent.length === unsentLook || speaking.has(`${collection}/${id}`);
  for (const [spec, where] of belongings(userId, attemptsName)) {
    const collection = ports.documents.collection<object>(spec);
    for (let after: string | null | undefined; after !== null; ) {
      const page: Page<{ id: string }> = await collection.find({
        where,
        limit: pageRows,
        ...(after === undefined ? {} : { after }),
      });
      for (const { id } of page.rows) {
        if (speaks(spec.name, id)) erased.left += 1;
        else if (await collection.remove(id)) erased.documents += 1;
      }
      after = page.next;
    }
  }
}

const belongings = (userId: string, attemptsName: string): readonly (readonly [CollectionSpec, Filter])[] => [
  [sessionsCollection, { userId }],
  [tokensCollection, { userId }],
  [userLimitsCollection, { id: userId }],
  [quotasCollection, { id: userId }],
  [attemptsCollection, { name: attemptsName }],
  [securityLogCollection, { id: { text: userId } }],
  [usersCollection, { id: userId }],
];

async function* all(
  { records }: ErasingPorts,
  machine: string,
  where: Filter,
): AsyncGenerator<SagaRecord, void> {
  for (let after: string | null | undefined; after !== null; ) {
    const page: Page<SagaRecord> = await records.find(machine, {
      where,
      limit: pageRows,
      ...(after === undefined ? {} : { after }),
    });
    yield* page.rows;
    after = page.next;
  }
}
