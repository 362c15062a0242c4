// Closes an account: nobody can log in or start a run any more, the name is free again, and every unfinished run is cancelled.
// May be repeated; whoever asks again hears how many runs are still unfinished.
import type { Kernel } from '#actors/kernel/kernel.ts';
import { activeAdmins, closedAccount, usersCollection } from '#src/domain/account-collections.ts';
import { lastAdminWords } from '#src/domain/account-removal.ts';
import type { Json } from '#src/domain/json.ts';
import type { Collection, Stored } from '#src/ports/documents.ts';
import { everyRow } from '#src/ports/paging.ts';
import type { Ports } from '#src/ports/ports.ts';
import { executionMachineName } from './inbox.ts';

type ClosingPorts = Pick<Ports, 'clock' | 'records' | 'documents'>;

export type ClosingAnswer = { type: 'REFUSED'; words: string } | { type: 'RUNS_COUNTED'; left: number };

interface User {
  role: Json;
  deletedAt: number | null;
}

const pageRows = 200;

export async function closeAccount(
  ports: ClosingPorts,
  kernel: Pick<Kernel, 'send'>,
  { userId, removalId }: { userId: string; removalId: string },
): Promise<ClosingAnswer> {
  const users = ports.documents.collection<User>(usersCollection);
  const user = await users.get(userId);
  if (user !== null && user.body.deletedAt === null) {
    if (await isLastAdmin(users, user)) return { type: 'REFUSED', words: lastAdminWords };
    const set = closedAccount(ports.clock.now());
    await users.change(userId, { set }, { where: { deletedAt: { exists: false } } });
  }
  await cancelAll(ports, kernel, userId, removalId);
  return { type: 'RUNS_COUNTED', left: await unfinishedRuns(ports, userId) };
}

export const unfinishedRuns = ({ records }: Pick<Ports, 'records'>, userId: string): Promise<number> =>
  records.count(executionMachineName, { userId, final: false });

/** Only one admin's account is being closed at a time, so that what is counted here still holds when it is. */
async function isLastAdmin(users: Collection<User>, { id, body }: Stored<User>): Promise<boolean> {
  if (body.role !== 'admin') return false;
  const { rows } = await users.find({ where: activeAdmins, limit: 2 });
  return rows.every((admin) => admin.id === id);
}

async function cancelAll(
  { records }: ClosingPorts,
  kernel: Pick<Kernel, 'send'>,
  userId: string,
  removalId: string,
): Promise<void> {
  const event = { type: 'CANCEL_REQUESTED', by: userId, reason: 'The account was removed' };
  const unfinished = { where: { userId, final: false }, limit: pageRows };
  for await (const { id } of everyRow((query) => records.find(executionMachineName, query), unfinished))
    await kernel.send(executionMachineName, id, `${removalId}/cancel`, event);
}
