// What every engine of Records promises about single records: versions, and values that only one may hold.
import { describe, expect, test } from 'bun:test';
import type { SagaRecord } from '#src/domain/saga-record.ts';
import { messageBytesMax, recordBytesMax } from '#src/domain/sizes.ts';
import type { Records } from '#src/ports/records.ts';
import { type Harness, type Using, using } from './harness.ts';
import { testRecordMarks, testRecordTimers } from './record-marks.contract.ts';
import { testRecordQueries } from './record-queries.contract.ts';
import { nextVersion, sampleMachine, sampleRecord, sampleRow, sampleTimer } from './sample-record.ts';

export interface RecordsHarness extends Harness {
  records: Records;
}

export function testRecords(name: string, factory: () => Promise<RecordsHarness>): void {
  const opened = using(factory);
  testVersions(name, opened);
  testUniques(name, opened);
  testRecordMarks(name, opened);
  testRecordTimers(name, opened);
  testRecordQueries(name, factory);
}

type Opened = Using<RecordsHarness>;

/** A record that takes so many bytes. */
function sized(bytes: number): SagaRecord {
  const withText = (text: string) =>
    sampleRecord('a', { snapshot: { value: 'queued', status: 'active', context: { text } } });
  return withText('x'.repeat(bytes - JSON.stringify(withText('')).length));
}

function testVersions(name: string, opened: Opened): void {
  describe(`${name}: versions of a record`, () => {
    test(
      'a record is read back as it was inserted',
      opened(async ({ records }) => {
        const record = sampleRecord('a', {
          fields: { userId: 'u1', attempt: 1, cancelled: false, reason: null },
          outbox: [sampleRow(1, 1_000)],
          timers: [sampleTimer('queue', 5_000)],
          uniques: ['slot:1'],
        });
        expect(await records.insert(record)).toEqual({ kind: 'inserted' });
        expect(await records.load(sampleMachine, 'a')).toEqual(record);
      }),
    );

    test(
      'a repeated insert answers exists and changes nothing',
      opened(async ({ records }) => {
        const record = sampleRecord('a', { uniques: ['slot:1'] });
        await records.insert(record);
        expect(await records.insert(record)).toEqual({ kind: 'exists' });
        expect(await records.insert({ ...record, state: 'other', uniques: [] })).toEqual({ kind: 'exists' });
        expect(await records.load(sampleMachine, 'a')).toEqual(record);
        expect(await records.holder('slot:1')).toEqual({ machine: sampleMachine, id: 'a' });
      }),
    );

    test(
      'a record of 512 KiB is kept; a larger one, or one with a row that no bus carries, is refused and changes nothing',
      opened(async ({ records }) => {
        const refused = expect.objectContaining({ kind: 'oversized' });
        await expect(records.insert(sized(recordBytesMax + 1))).rejects.toEqual(refused);
        expect(await records.load(sampleMachine, 'a')).toBeNull();
        const largest = sized(recordBytesMax);
        expect(await records.insert(largest)).toEqual({ kind: 'inserted' });
        const grown = nextVersion(largest, { seen: ['x'.repeat(100)] });
        await expect(records.commit(grown)).rejects.toEqual(refused);
        const row = { ...sampleRow(1, 1_000), payload: { text: 'x'.repeat(messageBytesMax) } };
        const speaking = nextVersion(sampleRecord('a'), { outbox: [row], nextRow: 2 });
        await expect(records.commit(speaking)).rejects.toEqual(refused);
        expect(await records.load(sampleMachine, 'a')).toEqual(largest);
        const sent = { ...speaking, sentThrough: 1 };
        expect(await records.commit(sent)).toEqual({ kind: 'committed' });
      }),
    );

    test(
      'an absent record loads as null, and one of another machine is not this one',
      opened(async ({ records }) => {
        await records.insert(sampleRecord('a', { machine: 'replay' }));
        expect(await records.load(sampleMachine, 'a')).toBeNull();
        expect(await records.insert(sampleRecord('a'))).toEqual({ kind: 'inserted' });
      }),
    );

    test(
      'a commit replaces the record of the version before',
      opened(async ({ records }) => {
        const first = sampleRecord('a');
        await records.insert(first);
        const second = nextVersion(first, { state: 'starting', at: 2_000, fields: { slot: 1 } });
        expect(await records.commit(second)).toEqual({ kind: 'committed' });
        expect(await records.load(sampleMachine, 'a')).toEqual(second);
      }),
    );

    test(
      'a commit on another version is a conflict and changes nothing',
      opened(async ({ records }) => {
        const first = sampleRecord('a');
        await records.insert(first);
        expect(await records.commit({ ...first, state: 'ending' })).toEqual({ kind: 'conflict' });
        expect(await records.commit({ ...first, version: 3 })).toEqual({ kind: 'conflict' });
        expect(await records.load(sampleMachine, 'a')).toEqual(first);
      }),
    );

    test(
      'a commit of a record that is not there is a conflict and makes none',
      opened(async ({ records }) => {
        expect(await records.commit(sampleRecord('a', { version: 2 }))).toEqual({ kind: 'conflict' });
        expect(await records.load(sampleMachine, 'a')).toBeNull();
      }),
    );

    test(
      'of many commits of one version exactly one is committed',
      opened(async ({ records }) => {
        const first = sampleRecord('a');
        await records.insert(first);
        const rivals = Array.from({ length: 8 }, (_, index) => nextVersion(first, { state: `s${index}` }));
        const outcomes = await Promise.all(rivals.map((rival) => records.commit(rival)));
        expect(outcomes.filter((outcome) => outcome.kind === 'committed')).toHaveLength(1);
        const winner = rivals[outcomes.findIndex((outcome) => outcome.kind === 'committed')];
        expect((await records.load(sampleMachine, 'a'))?.state).toBe(winner?.state ?? 'none');
      }),
    );

    test(
      'a deleted record is removed once, and frees its uniques',
      opened(async ({ records }) => {
        const first = sampleRecord('a', { uniques: ['key:u:1'] });
        await records.insert(first);
        await records.commit(nextVersion(first, { deletedAt: 3_000, final: true }));
        expect(await records.holder('key:u:1')).toEqual({ machine: sampleMachine, id: 'a' });
        expect(await records.remove(sampleMachine, 'a')).toBe(true);
        expect(await records.remove(sampleMachine, 'a')).toBe(false);
        expect(await records.load(sampleMachine, 'a')).toBeNull();
        expect(await records.holder('key:u:1')).toBeNull();
      }),
    );

    test(
      'a record that is not deleted is not removed',
      opened(async ({ records }) => {
        await records.insert(sampleRecord('a'));
        expect(await records.remove(sampleMachine, 'a')).toBe(false);
        expect(await records.load(sampleMachine, 'a')).not.toBeNull();
      }),
    );
  });
}

function testUniques(name: string, opened: Opened): void {
  describe(`${name}: unique values of records`, () => {
    test(
      'a value that another record holds is taken, for an insert and for a commit',
      opened(async ({ records }) => {
        await records.insert(sampleRecord('a', { uniques: ['slot:1'] }));
        expect(await records.insert(sampleRecord('b', { uniques: ['slot:2', 'slot:1'] }))).toEqual({
          kind: 'taken',
          unique: 'slot:1',
        });
        expect(await records.load(sampleMachine, 'b')).toBeNull();
        expect(await records.holder('slot:2')).toBeNull();
        const third = sampleRecord('c', { uniques: ['slot:3'] });
        await records.insert(third);
        expect(await records.commit(nextVersion(third, { uniques: ['slot:1', 'slot:4'] }))).toEqual({
          kind: 'taken',
          unique: 'slot:1',
        });
        expect(await records.load(sampleMachine, 'c')).toEqual(third);
        expect(await records.held('slot:')).toEqual(['slot:1', 'slot:3']);
      }),
    );

    test(
      'a commit keeps, takes and gives back values in one step',
      opened(async ({ records }) => {
        const first = sampleRecord('a', { uniques: ['slot:1', 'key:x'] });
        await records.insert(first);
        const second = nextVersion(first, { uniques: ['key:x', 'slot:2'] });
        expect(await records.commit(second)).toEqual({ kind: 'committed' });
        expect(await records.held('slot:')).toEqual(['slot:2']);
        expect(await records.holder('key:x')).toEqual({ machine: sampleMachine, id: 'a' });
        expect(await records.insert(sampleRecord('b', { uniques: ['slot:1'] }))).toEqual({
          kind: 'inserted',
        });
      }),
    );

    test(
      'uniques hold across machines',
      opened(async ({ records }) => {
        await records.insert(sampleRecord('a', { machine: 'replay', uniques: ['one'] }));
        expect(await records.insert(sampleRecord('a', { uniques: ['one'] }))).toEqual({
          kind: 'taken',
          unique: 'one',
        });
      }),
    );

    test(
      'of many that want one value exactly one gets it',
      opened(async ({ records }) => {
        const rivals = Array.from({ length: 8 }, (_, index) =>
          sampleRecord(`r${index}`, { uniques: ['slot:1'] }),
        );
        const outcomes = await Promise.all(rivals.map((rival) => records.insert(rival)));
        expect(outcomes.filter((outcome) => outcome.kind === 'inserted')).toHaveLength(1);
        expect(outcomes.filter((outcome) => outcome.kind === 'taken')).toHaveLength(7);
      }),
    );

    test(
      'held answers the values of a prefix in order, and takes the prefix by the letter',
      opened(async ({ records }) => {
        await records.insert(sampleRecord('a', { uniques: ['slot:2', 'slot_:9', 'slot:10'] }));
        await records.insert(sampleRecord('b', { uniques: ['slot:1', 'slos', 'slott'] }));
        expect(await records.held('slot:')).toEqual(['slot:1', 'slot:10', 'slot:2']);
        expect(await records.held('slot_')).toEqual(['slot_:9']);
        expect(await records.held('%')).toEqual([]);
      }),
    );
  });
}
