// Removes everything that belongs to a closed account, in an order in which every crash leaves something to go on from: the
// runs with all that they left, then what is about the account itself. May be repeated; what something still has to say, and
// what something may still come for, is left for the next time.
import type { Kernel } from '#actors/kernel/kernel.ts';
import {
  attemptsCollection,
  securityLogCollection,
  sessionsCollection,
  tokensCollection,
  userLimitsCollection,
  usersCollection,
} from '#src/domain/account-collections.ts';
import { accountRemovalMachineName } from '#src/domain/account-removal.ts';
import { quotasCollection } from '#src/domain/quotas.ts';
import type { SagaRecord } from '#src/domain/saga-record.ts';
import type { CollectionSpec, Stored } from '#src/ports/documents.ts';
import type { Filter } from '#src/ports/filter.ts';
import { everyRow } from '#src/ports/paging.ts';
import type { Ports } from '#src/ports/ports.ts';
import { deleteLetters, eraseParts } from './erasure.ts';
import { executionMachineName } from './inbox.ts';

type ErasingPorts = Pick<Ports, 'clock' | 'records' | 'documents' | 'outputLog'>;
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
/** So long an emptied record stays: what comes late of its run is found by it, and removed the next time. */
const lateMs = 120_000;

export async function eraseAccount(ports: ErasingPorts, sagas: Sagas, account: Account): Promise<Erased> {
  const { userId, removalId } = account;
  const erased: Erased = { executions: 0, documents: 0, left: 0 };
  for await (const run of all(ports, executionMachineName, { userId })) {
    await eraseRun(ports, sagas, run);
    if (await removeRecord(ports, run, lateMs)) erased.executions += 1;
    else erased.left += 1;
  }
  // Wishes to leave that were refused.
  for await (const wish of all(ports, accountRemovalMachineName, { userId, final: true })) {
    if (wish.id === removalId) continue;
    await sagas.delete(wish.machine, wish.id);
    if (!(await removeRecord(ports, wish, 0))) erased.left += 1;
  }
  await eraseDocuments(ports, account, erased);
  return erased;
}

/** All that a run left, and what it was, but for the emptied record. */
async function eraseRun(ports: ErasingPorts, sagas: Sagas, run: SagaRecord): Promise<void> {
  await deleteLetters(ports, sagas, run.id);
  await sagas.delete(executionMachineName, run.id);
  // Its placements name nobody and stay for a day: to a late command that met none, the attempt would be new.
  await eraseParts(ports, run);
}

/** False while it has something to say, or could still be spoken to: then it waits for the next time. */
async function removeRecord(
  { clock, records }: ErasingPorts,
  { machine, id }: SagaRecord,
  afterMs: number,
): Promise<boolean> {
  const record = await records.load(machine, id);
  if (record === null) return true;
  if (record.deletedAt === null || record.deletedAt > clock.now() - afterMs) return false;
  if (record.outbox.some(({ n }) => n > record.sentThrough)) return false;
  await records.remove(machine, id);
  return true;
}

async function eraseDocuments(ports: ErasingPorts, account: Account, erased: Erased): Promise<void> {
  const { userId, attemptsName } = account;
  const unsent = await ports.documents.unsent(Number.MAX_SAFE_INTEGER, unsentLook);
  const speaking = new Set(unsent.map(({ collection, id }) => `${collection}/${id}`));
  const speaks = (collection: string, id: string): boolean =>
    unsent.length === unsentLook || speaking.has(`${collection}/${id}`);
  const remove = async (spec: CollectionSpec, id: string): Promise<void> => {
    if (speaks(spec.name, id)) erased.left += 1;
    else if (await ports.documents.collection(spec).remove(id)) erased.documents += 1;
  };
  for await (const { id } of found(ports, sessionsCollection, { userId }))
    await remove(sessionsCollection, id);
  for await (const { id } of found(ports, tokensCollection, { userId })) await remove(tokensCollection, id);
  for await (const { id } of found(ports, attemptsCollection, { name: attemptsName }))
    await remove(attemptsCollection, id);
  // It is kept for a day, and only its ids tell of whom it is.
  for await (const { id } of found(ports, securityLogCollection, {}))
    if (id.includes(userId)) await remove(securityLogCollection, id);
  for (const spec of [userLimitsCollection, quotasCollection, usersCollection]) await remove(spec, userId);
}

const found = (
  { documents }: ErasingPorts,
  spec: CollectionSpec,
  where: Filter,
): AsyncGenerator<Stored<object>> =>
  everyRow(documents.collection<object>(spec).find, { where, limit: pageRows });

const all = ({ records }: ErasingPorts, machine: string, where: Filter): AsyncGenerator<SagaRecord> =>
  everyRow((query) => records.find(machine, query), { where, limit: pageRows });
