// What every engine of Records promises about finding: fields of the record and of its machine, order and pages.
import { describe, expect, test } from 'bun:test';
import type { SagaRecord } from '#src/domain/saga-record.ts';
import type { Filter, Query } from '#src/ports/filter.ts';
import type { Records } from '#src/ports/records.ts';
import { type Harness, using } from './harness.ts';
import { nextVersion, sampleMachine, sampleRecord, sampleTimer } from './sample-record.ts';

const people: SagaRecord[] = [
  sampleRecord('a', {
    createdAt: 1_000,
    at: 5_000,
    fields: { userId: 'u1', attempt: 1, retried: false, label: 'Größe 100% done' },
  }),
  sampleRecord('b', {
    createdAt: 2_000,
    at: 4_000,
    state: 'running',
    fields: { userId: 'u1', attempt: 2, retried: true, label: 'snake_case' },
    timers: [sampleTimer('t', 8_000)],
  }),
  sampleRecord('c', {
    createdAt: 3_000,
    at: 3_000,
    state: 'completed',
    final: true,
    machineVersion: 2,
    fields: { userId: 'u2', attempt: 1, retried: false, reason: 'exited', digits: '12' },
  }),
  sampleRecord('d', {
    createdAt: 3_000,
    at: 3_500,
    state: 'failed',
    final: true,
    deletedAt: 3_600,
    fields: { userId: 'u3', attempt: 3, reason: null },
  }),
  sampleRecord('e', { createdAt: 4_000, quarantine: { since: 4_100, words: 'unknown state' }, fields: {} }),
];

const cases: readonly [string, Filter, string][] = [
  ['everything', {}, 'abcde'],
  ['a field by its value', { userId: 'u1' }, 'ab'],
  ['several conditions together', { userId: 'u1', attempt: 2 }, 'b'],
  ['a truth value, which is no number', { retried: true }, 'b'],
  ['a number, which is no truth value', { retried: 1 }, ''],
  ['a number, which is no text', { attempt: '1' }, ''],
  ['one of a list', { userId: { in: ['u1', 'u3', 'nobody'] } }, 'abd'],
  ['one of an empty list', { userId: { in: [] } }, ''],
  ['what a field is not, absent ones too', { userId: { not: 'u1' } }, 'cde'],
  ['absent or null', { reason: null }, 'abde'],
  ['there and not null', { reason: { exists: true } }, 'c'],
  ['not there', { userId: { exists: false } }, 'e'],
  ['a range of numbers', { attempt: { gt: 1, lte: 3 } }, 'bd'],
  ['a range with both ends', { attempt: { gte: 1, lt: 2 } }, 'ac'],
  ['a range of texts', { userId: { gte: 'u2' } }, 'cd'],
  ['a text inside, by the letter', { label: { text: '100%' } }, 'a'],
  ['a text inside, without regard to case', { label: { text: 'GRÖß' } }, 'a'],
  ['an underscore, which is no wild card', { label: { text: 'e_c' } }, 'b'],
  ['a percent sign, which is no wild card', { label: { text: 's%e' } }, ''],
  ['the state', { state: { in: ['queued', 'running'] } }, 'abe'],
  ['the time of creation', { createdAt: { gte: 2_000, lt: 4_000 } }, 'bcd'],
  ['the time of the last turn', { at: { gt: 3_500 } }, 'ab'],
  ['the end', { final: true }, 'cd'],
  ['not the end', { final: false }, 'abe'],
  ['not deleted', { deletedAt: null }, 'abce'],
  ['deleted', { deletedAt: { exists: true } }, 'd'],
  ['the version of the machine', { machineVersion: 2 }, 'c'],
  ['the id', { id: { in: ['a', 'e'] } }, 'ae'],
  ['a deadline', { nextDeadline: { lte: 8_000 } }, 'b'],
  ['quarantined', { quarantined: true }, 'e'],
  ['not quarantined', { quarantined: false, final: true }, 'cd'],
];

const sums: readonly [string, string, Filter, number][] = [
  ['a field of all records, absent ones as nothing', 'attempt', {}, 7],
  ['only what matches', 'attempt', { userId: 'u1' }, 3],
  ['what is deleted as well, unless it is left out', 'attempt', { deletedAt: null }, 4],
  ['a field of the record itself', 'createdAt', { final: true }, 6_000],
  ['truth values as nothing', 'retried', {}, 0],
  ['texts as nothing, digits too', 'digits', {}, 0],
  ['nothing where nothing matches', 'attempt', { userId: 'nobody' }, 0],
];

export function testRecordQueries(
  name: string,
  factory: () => Promise<Harness & { records: Records }>,
): void {
  const opened = using(factory);
  const filled = (body: (records: Records) => Promise<void>) =>
    opened(async ({ records }) => {
      for (const person of people) await records.insert(person);
      await records.insert(sampleRecord('x', { machine: 'replay', fields: { userId: 'u1' } }));
      await body(records);
    });
  const ids = async (records: Records, query: Query) =>
    (await records.find(sampleMachine, query)).rows.map((row) => row.id).join('');

  describe(`${name}: finding records`, () => {
    for (const [words, where, expected] of cases) {
      test(
        `finds by ${words}: ${JSON.stringify(where)}`,
        filled(async (records) => {
          expect(await ids(records, { where })).toBe(expected);
          expect(await records.count(sampleMachine, where)).toBe(expected.length);
        }),
      );
    }

    for (const [words, field, where, expected] of sums) {
      test(
        `sums ${words}`,
        filled(async (records) => {
          expect(await records.sum(sampleMachine, field, where)).toBe(expected);
        }),
      );
    }

    test(
      'a sum follows each commit and removal',
      filled(async (records) => {
        const first = sampleRecord('z', { fields: { userId: 'u9', cpuMs: 1.5 } });
        const where = { userId: 'u9' };
        await records.insert(first);
        const second = nextVersion(first, { deletedAt: 9, fields: { userId: 'u9', cpuMs: 40 } });
        await records.commit(second);
        expect(await records.sum(sampleMachine, 'cpuMs', where)).toBe(40);
        await records.remove(sampleMachine, 'z');
        expect(await records.sum(sampleMachine, 'cpuMs', where)).toBe(0);
      }),
    );

    test(
      'answers whole records, as they are now',
      filled(async (records) => {
        await records.mark(sampleMachine, 'b', 0);
        const found = await records.find(sampleMachine, { where: { id: 'b' } });
        expect(found).toEqual({ rows: people.slice(1, 2), next: null });
      }),
    );

    test(
      'a field that could not be one is refused as invalid, also where nothing is stored',
      filled(async (records) => {
        for (const machine of [sampleMachine, 'nothing']) {
          for (const ask of [
            () => records.find(machine, { where: { $where: 1 } }),
            () => records.find(machine, { sort: { field: '$where', direction: 'descending' } }),
            () => records.count(machine, { $where: 1 }),
          ])
            await expect(ask()).rejects.toMatchObject({ kind: 'validation' });
        }
      }),
    );

    test(
      'a commit changes what finds the record',
      filled(async (records) => {
        const first = sampleRecord('z', { fields: { userId: 'u9', attempt: 1 } });
        await records.insert(first);
        await records.commit(nextVersion(first, { state: 'running', fields: { userId: 'u8' } }));
        expect(await ids(records, { where: { userId: 'u9' } })).toBe('');
        expect(await ids(records, { where: { userId: 'u8', state: 'running' } })).toBe('z');
      }),
    );

    test(
      'sorts in both directions, by own and by machine fields',
      filled(async (records) => {
        expect(await ids(records, { sort: { field: 'at', direction: 'ascending' } })).toBe('ecdba');
        expect(await ids(records, { sort: { field: 'at', direction: 'descending' } })).toBe('abdce');
        const where = { userId: { exists: true } };
        const sorted = await ids(records, { where, sort: { field: 'userId', direction: 'descending' } });
        expect(sorted.slice(0, 2)).toBe('dc');
      }),
    );

    test(
      'skips and limits',
      filled(async (records) => {
        const sort = { field: 'at', direction: 'descending' } as const;
        expect(await ids(records, { sort, limit: 2 })).toBe('ab');
        expect(await ids(records, { sort, limit: 2, skip: 3 })).toBe('ce');
      }),
    );

    for (const field of ['createdAt', 'attempt', 'reason', 'retried', 'nextDeadline', 'id']) {
      for (const direction of ['ascending', 'descending'] as const) {
        test(
          `pages by ${field}, ${direction}, repeat nothing and miss nothing`,
          filled(async (records) => {
            const query: Query = { where: {}, sort: { field, direction }, limit: 2 };
            const paged = await pagedIds(records, query);
            expect(paged.join('')).toBe(await ids(records, { ...query, limit: 100 }));
            expect([...paged].sort().join('')).toBe('abcde');
          }),
        );
      }
    }

    test(
      'pages stay in place when a row of an earlier page goes or comes',
      filled(async (records) => {
        const query: Query = { sort: { field: 'createdAt', direction: 'ascending' }, limit: 2 };
        const first = await records.find(sampleMachine, query);
        await records.insert(sampleRecord('0', { createdAt: 500 }));
        const second = await records.find(sampleMachine, { ...query, after: first.next ?? 'none' });
        expect(second.rows.map((row) => row.id).join('')).toBe('cd');
      }),
    );
  });
}

async function pagedIds(records: Records, query: Query): Promise<string[]> {
  const seen: string[] = [];
  let after: string | null = null;
  do {
    const page = await records.find(sampleMachine, after === null ? query : { ...query, after });
    seen.push(...page.rows.map((row) => row.id));
    after = page.next;
  } while (after !== null);
  return seen;
}
