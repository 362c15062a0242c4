// What every engine of Documents promises about single documents: versions, removal and unique indexes.
import { describe, expect, test } from 'bun:test';
import { documentBytesMax } from '#src/domain/sizes.ts';
import type { Documents } from '#src/ports/documents.ts';
import { testDocumentChanges, testDocumentConditions } from './document-changes.contract.ts';
import { testDocumentOutbox } from './document-outbox.contract.ts';
import { testDocumentQueries } from './document-queries.contract.ts';
import { type Harness, type Using, using } from './harness.ts';
import { type Member, open } from './sample-members.ts';

export interface DocumentsHarness extends Harness {
  documents: Documents;
}

export function testDocuments(name: string, factory: () => Promise<DocumentsHarness>): void {
  const opened = using(factory);
  testSingle(name, opened);
  testDocumentChanges(name, opened);
  testDocumentConditions(name, opened);
  testUniques(name, opened);
  testDocumentOutbox(name, opened);
  testDocumentQueries(name, factory);
}

type Opened = Using<DocumentsHarness>;

function testSingle(name: string, opened: Opened): void {
  describe(`${name}: a document`, () => {
    test(
      'is read back as it was inserted, in version 1',
      opened(async ({ documents }) => {
        const body: Member = {
          name: 'Ada "Ä"',
          tags: ['x', 'y'],
          settings: { editor: { wrap: true, size: 1.5 } },
        };
        expect(await open(documents).insert('a', body)).toEqual({ kind: 'inserted' });
        expect(await open(documents).get('a')).toEqual({ id: 'a', version: 1, body });
        expect(await open(documents).get('b')).toBeNull();
      }),
    );

    test(
      'takes up to 12 MiB, when it is inserted and when it is changed',
      opened(async ({ documents }) => {
        const refused = expect.objectContaining({ kind: 'oversized' });
        const large = 'x'.repeat(documentBytesMax);
        await expect(open(documents).insert('a', { name: large })).rejects.toEqual(refused);
        expect(await open(documents).get('a')).toBeNull();
        const fits = { name: large.slice(0, -1_024) };
        expect(await open(documents).insert('a', fits)).toEqual({ kind: 'inserted' });
        await expect(open(documents).change('a', { set: { name: large } })).rejects.toEqual(refused);
        expect(await open(documents).get('a')).toEqual({ id: 'a', version: 1, body: fits });
      }),
    );

    test(
      'is not inserted twice',
      opened(async ({ documents }) => {
        await open(documents).insert('a', { name: 'Ada' });
        expect(await open(documents).insert('a', { name: 'Eve' })).toEqual({ kind: 'exists' });
        expect((await open(documents).get('a'))?.body).toEqual({ name: 'Ada' });
      }),
    );

    test(
      'belongs to its collection',
      opened(async ({ documents }) => {
        const others = documents.collection<Member>({ name: 'others', indexes: [] });
        await open(documents).insert('a', { name: 'Ada' });
        expect(await others.get('a')).toBeNull();
        expect(await others.insert('a', { name: 'Ada' })).toEqual({ kind: 'inserted' });
        expect(await others.removeWhere({}, 10)).toBe(1);
        expect(await open(documents).count({})).toBe(1);
      }),
    );

    test(
      'is removed once',
      opened(async ({ documents }) => {
        await open(documents).insert('a', { name: 'Ada' });
        expect(await open(documents).remove('a')).toBe(true);
        expect(await open(documents).remove('a')).toBe(false);
        expect(await open(documents).insert('a', { name: 'Ada' })).toEqual({ kind: 'inserted' });
        expect((await open(documents).get('a'))?.version).toBe(1);
      }),
    );

    test(
      'is removed on conditions only if they hold',
      opened(async ({ documents }) => {
        await open(documents).insert('a', { team: 't' });
        expect(await open(documents).remove('a', { expectedVersion: 2 })).toBe(false);
        expect(await open(documents).remove('a', { where: { team: 'other' } })).toBe(false);
        expect(await open(documents).remove('a', { expectedVersion: 1, where: { team: 't' } })).toBe(true);
      }),
    );

    test(
      'of many, at most so many matches are removed',
      opened(async ({ documents }) => {
        for (let number = 0; number < 5; number += 1)
          await open(documents).insert(`a${number}`, { team: 't', number });
        await open(documents).insert('b', { team: 'u' });
        expect(await open(documents).removeWhere({ team: 't' }, 3)).toBe(3);
        expect(await open(documents).removeWhere({ team: 't' }, 3)).toBe(2);
        expect(await open(documents).removeWhere({ team: 't' }, 3)).toBe(0);
        expect(await open(documents).count({})).toBe(1);
      }),
    );
  });
}

function testUniques(name: string, opened: Opened): void {
  describe(`${name}: unique indexes`, () => {
    test(
      'a taken value is refused, for an insert and for a change',
      opened(async ({ documents }) => {
        await open(documents).insert('a', { name: 'Ada' });
        expect(await open(documents).insert('b', { name: 'Ada' })).toEqual({
          kind: 'taken',
          fields: ['name'],
        });
        expect(await open(documents).get('b')).toBeNull();
        await open(documents).insert('b', { name: 'Bob' });
        expect(await open(documents).change('b', { set: { name: 'Ada' }, inc: { visits: 1 } })).toEqual({
          kind: 'taken',
          fields: ['name'],
        });
        expect(await open(documents).get('b')).toEqual({ id: 'b', version: 1, body: { name: 'Bob' } });
      }),
    );

    test(
      'a document may keep its own value, and a value given back is free',
      opened(async ({ documents }) => {
        await open(documents).insert('a', { name: 'Ada' });
        expect((await open(documents).change('a', { set: { name: 'Ada' } })).kind).toBe('changed');
        await open(documents).change('a', { set: { name: 'Eve' } });
        expect(await open(documents).insert('b', { name: 'Ada' })).toEqual({ kind: 'inserted' });
        await open(documents).remove('b');
        expect(await open(documents).insert('c', { name: 'Ada' })).toEqual({ kind: 'inserted' });
      }),
    );

    test(
      'several fields are unique together',
      opened(async ({ documents }) => {
        await open(documents).insert('a', { team: 't', number: 1 });
        expect(await open(documents).insert('b', { team: 't', number: 2 })).toEqual({ kind: 'inserted' });
        expect(await open(documents).insert('c', { team: 't', number: 1 })).toEqual({
          kind: 'taken',
          fields: ['team', 'number'],
        });
      }),
    );

    test(
      'documents in which a field is absent or null are left out',
      opened(async ({ documents }) => {
        for (const body of [{}, {}, { name: null }, { name: null }, { team: 't' }, { team: 't' }]) {
          const id = `m${await open(documents).count({})}`;
          expect(await open(documents).insert(id, body)).toEqual({ kind: 'inserted' });
        }
      }),
    );
  });
}
