// Memory that is given back at rest takes nothing of what was stored with it, nor of what is just being stored.
import { expect, test } from 'bun:test';
import type { EmbeddedEngines } from '#src/adapters/embedded/engines.ts';
import { sampleMachine, sampleRecord } from '#tests/contract/sample-record.ts';
import { withEngines } from './opened.ts';

const idsIn = async ({ records }: EmbeddedEngines): Promise<string[]> => {
  const { rows } = await records.find(sampleMachine, { limit: 100 });
  return rows.map(({ id }) => id).toSorted();
};

test(
  'what was written before and while memory is given back is there afterwards',
  withEngines(async ({ engines, reopened }) => {
    const ids = Array.from({ length: 50 }, (_, number) => `record-${number}`).toSorted();
    const inserted = ids.map((id) => engines.records.insert(sampleRecord(id)));
    engines.rest();
    await Promise.all(inserted);
    engines.rest();
    expect(await idsIn(engines)).toEqual(ids);
    expect(await idsIn(await reopened())).toEqual(ids);
  }),
);
