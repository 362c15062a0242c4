// Whether the store can do its work, in words that are safe to show: what went wrong exactly is for the log.
import type { ReadinessPart } from '#src/api/deps.ts';
import type { EmbeddedEngines } from './adapters/embedded/engines.ts';

const words = {
  full: 'no space left',
  failing: 'the disk fails',
  damaged: 'damaged',
} as const;

/** It has to answer a read, and to have been able to write when it was last asked to. */
export async function storeReadiness({
  records,
  trouble,
}: Pick<EmbeddedEngines, 'records' | 'trouble'>): Promise<ReadinessPart> {
  // A question that nobody answers from memory.
  const answers = await records.holder('').then(
    () => true,
    () => false,
  );
  const now = trouble();
  const detail = now !== null ? words[now] : answers ? null : 'does not answer';
  return { name: 'store', ready: detail === null, detail };
}
