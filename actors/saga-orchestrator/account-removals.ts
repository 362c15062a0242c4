// Carries out what removals of accounts ask for, and answers them. A question that is not the latest is nobody's any more.
import type { Handlers } from '#actors/consumer.ts';
import type { Kernel } from '#actors/kernel/kernel.ts';
import { accountRemovalMachineName as machine } from '#src/domain/account-removal.ts';
import type { JsonObject } from '#src/domain/json.ts';
import type { Ports } from '#src/ports/ports.ts';
import { closeAccount, unfinishedRuns } from './account-closing.ts';
import { eraseAccount } from './account-erasure.ts';

type RemovalPorts = Pick<Ports, 'clock' | 'records' | 'documents' | 'outputLog'>;

export function accountRemovals(ports: RemovalPorts, kernel: Kernel): Handlers {
  async function isAsked(id: string, state: string, number: number): Promise<boolean> {
    const record = await ports.records.load(machine, id);
    return record !== null && record.state === state && record.snapshot.context.number === number;
  }

  async function answer(id: string, cause: string, event: JsonObject & { type: string }): Promise<void> {
    await kernel.send(machine, id, `${cause}/${event.type}`, event);
  }

  return {
    async close_account_command({ id: cause, payload }) {
      const { removal_id: removalId, user_id: userId, number } = payload;
      if (!(await isAsked(removalId, 'closing', number))) return;
      const closed = await closeAccount(ports, kernel, { userId, removalId });
      await answer(removalId, cause, closed.type === 'REFUSED' ? closed : { ...closed, number });
    },

    async remove_account_command({ id: cause, payload }) {
      const { removal_id: removalId, user_id: userId, number, attempts_name: attemptsName } = payload;
      if (!(await isAsked(removalId, 'removing', number))) return;
      const left = await unfinishedRuns(ports, userId);
      if (left > 0) return answer(removalId, cause, { type: 'RUNS_COUNTED', number, left });
      const erased = await eraseAccount(ports, kernel, { userId, removalId, attemptsName });
      await answer(removalId, cause, { type: 'DATA_REMOVED', number, ...erased });
    },
  };
}
