// What a database holds, as lines for an operator.
import type { Inspection } from './adapters/embedded/inspection.ts';

export function holdingLines({ records, frames, events, documents }: Inspection): string[] {
  const kept = records.map(
    ({ machine, count, unfinished }) => `  ${machine} records: ${count}, of which ${unfinished} unfinished`,
  );
  const collections = documents.map(({ collection, count }) => `${collection} ${count}`);
  return [
    ...kept,
    `  frames of output: ${frames}`,
    `  events: ${events}`,
    `  documents: ${collections.length === 0 ? 'none' : collections.join(', ')}`,
  ];
}
