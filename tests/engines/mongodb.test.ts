// The engines on a MongoDB server keep what the ports promise.
import { expect, test } from 'bun:test';
import { openEmbedded } from '#src/adapters/embedded/engines.ts';
import { systemClock } from '#src/adapters/system/clock.ts';
import { recordBytesMax } from '#src/domain/sizes.ts';
import { testDocuments } from '#tests/contract/documents.contract.ts';
import { using } from '#tests/contract/harness.ts';
import { testOutputLog } from '#tests/contract/output-log.contract.ts';
import { testPublishing } from '#tests/contract/record-publishing.contract.ts';
import { testRecords } from '#tests/contract/records.contract.ts';
import { sampleEvent } from '#tests/contract/sample-event.ts';
import { nextVersion, sampleRecord } from '#tests/contract/sample-record.ts';
import { dataFolder } from '#tests/support/data-folder.ts';
import { quietLogger } from '#tests/support/quiet-logger.ts';
import { openOnMongoDb } from './mongodb-database.ts';

testRecords('mongodb', openOnMongoDb);
testOutputLog('mongodb', openOnMongoDb);
testDocuments('mongodb', openOnMongoDb);

/** The bus lies elsewhere, so what is said stays in the outbox. */
testPublishing('mongodb', async () => {
  const mongo = await openOnMongoDb();
  const folder = await dataFolder();
  const { bus, close } = await openEmbedded({
    dataDir: folder.path,
    clock: systemClock(),
    logger: quietLogger(),
  });
  return {
    ...mongo,
    bus,
    publishes: false,
    close: async () => {
      await close();
      await folder.remove();
      await mongo.close();
    },
  };
});

const opened = using(openOnMongoDb);

test(
  'a commit whose answer was lost says, when it is repeated, that it was done',
  opened(async ({ records }) => {
    const first = sampleRecord('a');
    await records.insert(first);
    const second = nextVersion(first, { state: 'starting' });
    expect(await records.commit(second)).toEqual({ kind: 'committed' });
    expect(await records.commit(second)).toEqual({ kind: 'committed' });
    expect(await records.commit({ ...second, state: 'other' })).toEqual({ kind: 'conflict' });
  }),
);

test(
  'commits at once have each its own outcome, whatever goes along with them',
  opened(async ({ records }) => {
    const many = Array.from({ length: 120 }, (_, number) => sampleRecord(`run-${number}`));
    await Promise.all(many.map((record) => records.insert(record)));
    await records.commit(nextVersion(sampleRecord('run-0'), { uniques: ['slot:1'] }));
    const next = many.map((record, number) => {
      if (number % 10 === 1) return nextVersion(record, { uniques: ['slot:1'] });
      if (number % 10 === 2) return { ...nextVersion(record), version: 3 };
      if (number % 10 === 3) return nextVersion(record, { fields: { name: 'x'.repeat(recordBytesMax) } });
      return nextVersion(record, { state: 'starting' });
    });
    const outcomes = await Promise.allSettled(next.slice(1).map((record) => records.commit(record)));
    const kinds = outcomes.map((one) => (one.status === 'fulfilled' ? one.value.kind : one.reason.kind));
    const expected = next.slice(1).map((_, index) => {
      const kind = { 1: 'taken', 2: 'conflict', 3: 'oversized' }[(index + 1) % 10];
      return kind ?? 'committed';
    });
    expect(kinds).toEqual(expected);
    for (const [index, kind] of expected.entries()) {
      const stored = await records.load(many[0]?.machine ?? '', `run-${index + 1}`);
      expect(stored).toEqual((kind === 'committed' ? next[index + 1] : many[index + 1]) ?? null);
    }
  }),
);

test(
  'what a removed document had to say is said, and its late mark takes nothing from the next of its name',
  opened(async ({ documents, hints }) => {
    const members = documents.collection<{ name: string }>({ name: 'members', indexes: [] });
    const at = (id: string) => sampleEvent(id, 'user-1', 'pod_overdue', 1_000);
    await members.insert('a', { name: 'Ada' }, { outbox: [at('one')] });
    expect(hints()).toBe(1);
    expect(await members.removeWhere({}, 5)).toBe(1);
    const [left] = await documents.unsent(9_000, 10);
    expect(left?.rows.map(({ event }) => event.id)).toEqual(['one']);
    await members.insert('a', { name: 'Eve' }, { outbox: [at('two')] });
    await documents.mark('members', 'a', left?.rows[0]?.n ?? -1);
    const [next] = await documents.unsent(9_000, 10);
    expect(next?.rows.map(({ event }) => event.id)).toEqual(['two']);
  }),
);

test(
  'a document of more than 12 MiB is refused, however small its JSON is',
  opened(async ({ documents }) => {
    const large = documents.collection<{ list: number[] | string }>({ name: 'large', indexes: [] });
    for (const list of ['x'.repeat(12 * 1_048_576), Array.from({ length: 1_300_000 }, () => 0)])
      await expect(large.insert('a', { list })).rejects.toMatchObject({ kind: 'oversized' });
    expect(await large.insert('a', { list: 'x'.repeat(11 * 1_048_576) })).toEqual({ kind: 'inserted' });
  }),
);
