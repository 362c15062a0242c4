// Where the parts of a run lie: its record, what it was asked to be, and what it wrote. Nothing here decides anything but
// who may look.
import { assertMayControl, assertMayRead, type Caller } from '#src/domain/access.ts';
import { executionNotFound } from '#src/domain/errors.ts';
import type { RunInput } from '#src/domain/execution.ts';
import { inputsCollection } from '#src/domain/run-collections.ts';
import { isPresent, type SagaRecord } from '#src/domain/saga-record.ts';
import type { Collection, Documents } from '#src/ports/documents.ts';
import type { Records } from '#src/ports/records.ts';

export const machineName = 'execution';

export const inputsOf = (documents: Documents): Collection<RunInput> =>
  documents.collection<RunInput>(inputsCollection);

/** @throws not_found, forbidden */
export async function readableRun(records: Records, caller: Caller, id: string): Promise<SagaRecord> {
  const record = await presentRun(records, id);
  assertMayRead(caller, ownerOf(record));
  return record;
}

/** @throws not_found, forbidden */
export async function controllableRun(records: Records, caller: Caller, id: string): Promise<SagaRecord> {
  const record = await presentRun(records, id);
  assertMayControl(caller, ownerOf(record));
  return record;
}

/** @throws not_found; a deleted run is none. */
export async function presentRun(records: Records, id: string): Promise<SagaRecord> {
  const record = await records.load(machineName, id);
  if (!isPresent(record)) throw executionNotFound();
  return record;
}

const ownerOf = (record: SagaRecord): string => String(record.fields.userId);
