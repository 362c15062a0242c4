// What a run was asked to be, as acceptance stored it. Read only.
import type { RunInput } from '#src/domain/execution.ts';
import type { CollectionSpec, Documents } from '#src/ports/documents.ts';

export const inputsSpec: CollectionSpec = { name: 'inputs', indexes: [] };

export const runInputOf = async (documents: Documents, execution: string): Promise<RunInput | null> =>
  (await documents.collection<RunInput>(inputsSpec).get(execution))?.body ?? null;
