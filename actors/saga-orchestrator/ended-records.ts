// Deletes records that ended long ago, by the same deletion as by hand. Only what has ended is looked for, and only what has
// ended can be deleted.
import { machineNamed } from '#machines/registry.ts';
import { deadLetterMachineName } from '#src/domain/dead-letter.ts';
import type { SagaRecord } from '#src/domain/saga-record.ts';
import type { Filter } from '#src/ports/filter.ts';
import { everyPage } from '#src/ports/paging.ts';
import type { Records } from '#src/ports/records.ts';
import type { Sagas } from '#src/ports/sagas.ts';
import { executionMachineName } from './inbox.ts';
import { withoutRecord } from './recordless.ts';

export interface EndedRecords {
  /** Runs that ended before this time; answers how many it deleted. */
  forgetRuns(before: number): Promise<number>;
  /** Dead letters that were closed before this time, but those whose run is still there: they belong to it. */
  forgetLetters(before: number): Promise<number>;
}

/** Of these, those that may go. */
type Unneeded = (page: readonly SagaRecord[]) => Promise<readonly SagaRecord[]>;

const pageRows = 50;

/** @param may whether to go on with the next page */
export function endedRecords(
  records: Records,
  sagas: Pick<Sagas, 'delete'>,
  may: () => Promise<boolean>,
): EndedRecords {
  /** State by state, the oldest first: so the store finds each page at once, however long the history is. */
  async function forget(machine: string, before: number, unneeded: Unneeded): Promise<number> {
    let forgotten = 0;
    for (const state of finalStates(machine)) {
      const where: Filter = { state, at: { lt: before }, deletedAt: { exists: false } };
      const oldest = { where, sort: { field: 'at', direction: 'ascending' } as const, limit: pageRows };
      for await (const rows of everyPage((query) => records.find(machine, query), oldest)) {
        forgotten += await deleteAll(machine, await unneeded(rows));
        if (!(await may())) break;
      }
    }
    return forgotten;
  }

  async function deleteAll(machine: string, page: readonly SagaRecord[]): Promise<number> {
    let count = 0;
    for (const { id } of page) if ((await sagas.delete(machine, id)) === 'deleted') count += 1;
    return count;
  }

  return {
    forgetRuns: (before) => forget(executionMachineName, before, async (page) => page),
    forgetLetters: (before) =>
      forget(deadLetterMachineName, before, async (page) => {
        const ofNobody = new Set(
          await withoutRecord(
            records,
            page.map(({ fields }) => String(fields.key)),
          ),
        );
        return page.filter(({ fields }) => ofNobody.has(String(fields.key)));
      }),
  };
}

const finalStates = (machine: string): string[] =>
  Object.entries(machineNamed(machine)?.machine.states ?? {})
    .filter(([, { type }]) => type === 'final')
    .map(([state]) => state);
