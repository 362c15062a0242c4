// What every engine of Records promises to the relay and to the timers: unsent rows, marks, due timers, the next deadline.
import { describe, expect, test } from 'bun:test';
import type { Records } from '#src/ports/records.ts';
import type { Harness, Using } from './harness.ts';
import { nextVersion, sampleMachine, sampleRecord, sampleRow, sampleTimer } from './sample-record.ts';

type Opened = Using<Harness & { records: Records }>;

export function testRecordMarks(name: string, opened: Opened): void {
  describe(`${name}: unsent rows and marks`, () => {
    const outbox = [sampleRow(1, 1_000), sampleRow(2, 2_000), sampleRow(3, 3_000)];
    const ref = { machine: sampleMachine, id: 'a' };

    test(
      'a record is unsent by the age of its oldest unsent row',
      opened(async ({ records }) => {
        await records.insert(sampleRecord('a', { outbox }));
        await records.insert(sampleRecord('quiet'));
        expect(await records.unsent(999, 10)).toEqual([]);
        expect(await records.unsent(1_000, 10)).toEqual([ref]);
        await records.mark(sampleMachine, 'a', 1);
        expect(await records.unsent(1_999, 10)).toEqual([]);
        expect(await records.unsent(2_000, 10)).toEqual([ref]);
        await records.mark(sampleMachine, 'a', 3);
        expect(await records.unsent(9_000, 10)).toEqual([]);
      }),
    );

    test(
      'a mark touches no version and is never lowered, by a mark or by a commit',
      opened(async ({ records }) => {
        const first = sampleRecord('a', { outbox });
        await records.insert(first);
        await records.mark(sampleMachine, 'a', 2);
        await records.mark(sampleMachine, 'a', 1);
        expect(await records.load(sampleMachine, 'a')).toEqual({ ...first, sentThrough: 2 });
        const added = [...outbox, sampleRow(4, 4_000)];
        expect(await records.commit(nextVersion(first, { outbox: added, sentThrough: 1 }))).toEqual({
          kind: 'committed',
        });
        expect((await records.load(sampleMachine, 'a'))?.sentThrough).toBe(2);
        expect(await records.unsent(2_999, 10)).toEqual([]);
        expect(await records.unsent(3_000, 10)).toEqual([ref]);
      }),
    );

    test(
      'a commit may raise the mark and drop what was sent',
      opened(async ({ records }) => {
        const first = sampleRecord('a', { outbox });
        await records.insert(first);
        await records.commit(nextVersion(first, { outbox: [sampleRow(3, 3_000)], sentThrough: 3 }));
        expect(await records.unsent(9_000, 10)).toEqual([]);
        await records.mark(sampleMachine, 'a', 2);
        expect((await records.load(sampleMachine, 'a'))?.sentThrough).toBe(3);
      }),
    );

    test(
      'unsent answers no more than asked for, also of final and deleted records',
      opened(async ({ records }) => {
        await records.insert(sampleRecord('a', { outbox, final: true, deletedAt: 4_000 }));
        await records.insert(sampleRecord('b', { outbox: [sampleRow(1, 500)] }));
        await records.insert(sampleRecord('c', { outbox: [sampleRow(1, 700)] }));
        expect(await records.unsent(5_000, 2)).toHaveLength(2);
        const ids = (await records.unsent(5_000, 10)).map((found) => found.id);
        expect(ids.sort()).toEqual(['a', 'b', 'c']);
      }),
    );

    test(
      'a mark of an absent record changes nothing',
      opened(async ({ records }) => {
        await records.mark(sampleMachine, 'nobody', 3);
        expect(await records.load(sampleMachine, 'nobody')).toBeNull();
      }),
    );
  });
}

export function testRecordTimers(name: string, opened: Opened): void {
  describe(`${name}: timers of records`, () => {
    test(
      'due timers come earliest first, each with its arming',
      opened(async ({ records }) => {
        await records.insert(sampleRecord('a', { timers: [sampleTimer('queue', 3_000, 4)] }));
        await records.insert(
          sampleRecord('b', { timers: [sampleTimer('late', 9_000), sampleTimer('early', 2_000, 7)] }),
        );
        await records.insert(sampleRecord('c'));
        expect(await records.due(1_999, 10)).toEqual([]);
        expect(await records.due(3_000, 10)).toEqual([
          { machine: sampleMachine, id: 'b', name: 'early', at: 2_000, arming: 7 },
          { machine: sampleMachine, id: 'a', name: 'queue', at: 3_000, arming: 4 },
        ]);
        expect((await records.due(9_000, 2)).map((timer) => timer.name)).toEqual(['early', 'queue']);
        expect((await records.due(9_000, 10)).map((timer) => timer.name)).toEqual(['early', 'queue', 'late']);
      }),
    );

    test(
      'deleted and quarantined records are due like any other',
      opened(async ({ records }) => {
        const timers = [sampleTimer('t', 2_000)];
        await records.insert(sampleRecord('a', { timers, deletedAt: 1_500 }));
        await records.insert(sampleRecord('b', { timers, quarantine: { since: 1_500, words: 'unknown' } }));
        expect((await records.due(2_000, 10)).map((timer) => timer.id).sort()).toEqual(['a', 'b']);
      }),
    );

    test(
      'the next deadline is the earliest of all and follows every commit',
      opened(async ({ records }) => {
        expect(await records.nextDeadline()).toBeNull();
        const first = sampleRecord('a', { timers: [sampleTimer('t', 5_000)] });
        await records.insert(first);
        await records.insert(sampleRecord('b', { machine: 'replay', timers: [sampleTimer('t', 6_000)] }));
        expect(await records.nextDeadline()).toBe(5_000);
        const second = nextVersion(first, { timers: [sampleTimer('t', 7_000)] });
        await records.commit(second);
        expect(await records.nextDeadline()).toBe(6_000);
        await records.commit(nextVersion(second, { timers: [], deletedAt: 6_000 }));
        await records.remove(sampleMachine, 'a');
        expect(await records.nextDeadline()).toBe(6_000);
        expect(await records.due(9_000, 10)).toHaveLength(1);
      }),
    );
  });
}
