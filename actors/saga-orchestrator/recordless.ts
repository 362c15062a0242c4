// Which runs are not there any more, or never were: what is kept of such a run is nobody's.
import type { Ports } from '#src/ports/ports.ts';
import { executionMachineName } from './inbox.ts';

/** One statement where each has its record. */
export async function withoutRecord(records: Ports['records'], ids: readonly string[]): Promise<string[]> {
  const different = [...new Set(ids)];
  if (different.length === 0) return [];
  const present = await records.count(executionMachineName, { id: { in: different } });
  if (present === different.length) return [];
  const found = await Promise.all(
    different.map(async (id) => ((await records.load(executionMachineName, id)) === null ? [id] : [])),
  );
  return found.flat();
}
