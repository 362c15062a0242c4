// What a run was asked to be, as acceptance stored it. Read only.
import type { RunInput } from '#src/domain/execution.ts';
import { inputsCollection } from '#src/domain/run-collections.ts';
import type { Documents } from '#src/ports/documents.ts';

export const runInputOf = async (documents: Documents, execution: string): Promise<RunInput | null> =>
  (await documents.collection<RunInput>(inputsCollection).get(execution))?.body ?? null;
