// Removes what belongs to a deleted run: its output, what it was asked to be, its history and its events. Each step may be
// repeated, and the record goes last, so that whoever dies in between leaves something to go on from. What arrives late is
// removed by whoever stores it: he looks whether the run is still there after he stored.
import { keepLooking } from '#actors/looking.ts';
import type { Child } from '#actors/role.ts';
import { createBell } from '#actors/waiting.ts';
import { erased, erasedField, keptUntilField } from '#machines/deleted.ts';
import { machineNames } from '#machines/registry.ts';
import { turnsCollection } from '#src/domain/archived-turn.ts';
import { deadLetterMachineName } from '#src/domain/dead-letter.ts';
import { inputsCollection, runEventsCollection } from '#src/domain/run-collections.ts';
import type { SagaRecord } from '#src/domain/saga-record.ts';
import type { Filter } from '#src/ports/filter.ts';
import { erasureChannel } from '#src/ports/live-feed.ts';
import type { Ports } from '#src/ports/ports.ts';
import type { Sagas } from '#src/ports/sagas.ts';

type ErasurePorts = Pick<Ports, 'records' | 'documents' | 'outputLog'>;
type Letters = Pick<Sagas, 'send' | 'delete'>;

const lookEveryMs = 60_000;
const recordsPerLook = 50;
const documentsPerStep = 500;

export function erasure(ports: Ports, sagas: Letters): Child {
  async function look(): Promise<number> {
    let found = 0;
    for (const machine of machineNames) {
      const deleted = { deletedAt: { exists: true } };
      found += await eachOf(machine, { ...deleted, [erasedField]: { exists: false } }, async (record) => {
        await deleteLetters(ports, sagas, record.id);
        await eraseParts(ports, record);
        await ports.records.commit(erased(record));
      });
      const over = { ...deleted, [keptUntilField]: { lte: ports.clock.now() } };
      found += await eachOf(machine, over, async (record) => {
        // What came late, between two looks of whoever stored it.
        await eraseParts(ports, record);
        await ports.records.remove(record.machine, record.id);
      });
    }
    return found > 0 ? 0 : lookEveryMs;
  }

  async function eachOf(
    machine: string,
    where: Filter,
    act: (record: SagaRecord) => Promise<void>,
  ): Promise<number> {
    const { rows } = await ports.records.find(machine, { where, limit: recordsPerLook });
    for (const record of rows) await act(record);
    if (rows.length > 0) ports.logger.info({ machine, records: rows.length }, 'erasure');
    return rows.length;
  }

  return {
    name: 'erasure',
    async run({ signal, ready }) {
      const bell = createBell();
      const leave = ports.liveFeed.subscribe(erasureChannel, bell.ring);
      ready();
      await keepLooking(ports, signal, { name: 'erasure', look, patienceMs: 1_000, bell }).finally(leave);
    },
  };
}

/** Dead letters quote the messages of their run, and those its output. Whoever is still to decide need not any more. */
export async function deleteLetters(
  { records }: Pick<ErasurePorts, 'records'>,
  sagas: Letters,
  run: string,
): Promise<void> {
  const where = { key: run, deletedAt: { exists: false } };
  const { rows } = await records.find(deadLetterMachineName, { where, limit: recordsPerLook });
  for (const { id, final } of rows) {
    const event = { type: 'DISCARD_REQUESTED', by: 'erasure', reason: 'Its run was deleted' };
    if (!final) await sagas.send(deadLetterMachineName, id, `${id}/erasure`, event);
    await sagas.delete(deadLetterMachineName, id);
  }
  if (rows.length === recordsPerLook) await deleteLetters({ records }, sagas, run);
}

/** Everything of a deleted record but the record itself. */
export async function eraseParts(ports: ErasurePorts, { machine, id }: SagaRecord): Promise<void> {
  // First: without what it was asked to be, no late command makes a sandbox of it.
  await ports.documents.collection(inputsCollection).remove(id);
  await ports.outputLog.remove(id);
  await removeAll(ports, turnsCollection, { machine, record: id });
  await removeAll(ports, runEventsCollection, { key: id });
}

async function removeAll(
  { documents }: ErasurePorts,
  spec: Parameters<ErasurePorts['documents']['collection']>[0],
  where: Filter,
): Promise<void> {
  const collection = documents.collection(spec);
  while ((await collection.removeWhere(where, documentsPerStep)) === documentsPerStep);
}
