// What was stored for runs that never came to be: a process died, or the store went away, between the input and the record.
// Whoever accepts a run takes seconds for it, so an input that has no record for longer is nobody's.
import type { RunInput } from '#src/domain/execution.ts';
import { inputsCollection } from '#src/domain/run-collections.ts';
import type { Ports } from '#src/ports/ports.ts';
import { withoutRecord } from './recordless.ts';

const strayAfterMs = 60_000;
/** Ids are drawn in the order of time: a process that died left its own among the newest. */
const newest = 100;

/** To be called now and then; answers how many it took away. */
export function strayInputs({ clock, documents, outputLog, records }: Ports): () => Promise<number> {
  const inputs = documents.collection<RunInput>(inputsCollection);
  /** Since when each was seen without a record. */
  let suspects = new Map<string, number>();

  return async () => {
    const { rows } = await inputs.find({ sort: { field: 'id', direction: 'descending' }, limit: newest });
    const ids = [...rows.map(({ id }) => id), ...suspects.keys()];
    const now = clock.monotonic();
    const still = new Map<string, number>();
    let removed = 0;
    for (const id of await withoutRecord(records, ids)) {
      const since = suspects.get(id) ?? now;
      if (now - since < strayAfterMs) still.set(id, since);
      else {
        await outputLog.remove(id);
        if (await inputs.remove(id)) removed += 1;
      }
    }
    suspects = still;
    return removed;
  };
}
