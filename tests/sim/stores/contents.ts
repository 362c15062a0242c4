// All that stores hold, in one order and one form, so that two kinds of them can be compared.
import type { JsonObject } from '#src/domain/json.ts';
import type { SagaRecord } from '#src/domain/saga-record.ts';
import type { Stored, UnsentDocument } from '#src/ports/documents.ts';
import type { Input, Output } from '#src/ports/output-log.ts';
import { copy } from '../world/copy.ts';
import { type Stores, wholeOutput } from './stores.ts';

export interface Contents {
  records: readonly SagaRecord[];
  collections: Readonly<Record<string, readonly Stored<JsonObject>[]>>;
  unsent: readonly UnsentDocument[];
  /** By execution and attempt. */
  output: Readonly<Record<string, Output & { inputs: readonly Input[] }>>;
}

/** More than any run of the simulation begins. */
const ATTEMPTS = 5;

export function contentsOf({ records, documents, output }: Stores): Contents {
  const all = records.all().map(copy);
  const attempts = all.flatMap(({ id }) =>
    Array.from({ length: ATTEMPTS }, (_, index) => ({ id, attempt: index + 1 })),
  );
  const limit = Number.MAX_SAFE_INTEGER;
  return {
    records: all,
    collections: Object.fromEntries(
      [...documents.names()].sort().map((name) => [name, documents.all(name).map(copy)]),
    ),
    unsent: documents.unsent(limit, limit).map(copy),
    output: Object.fromEntries(
      attempts.map(({ id, attempt }) => [
        `${id}:${attempt}`,
        copy({ ...wholeOutput(output, id, attempt), inputs: output.readInput(id, attempt, 0) }),
      ]),
    ),
  };
}
