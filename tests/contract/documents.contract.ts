// What every engine of Documents promises about single documents: versions, changes, unique indexes and the outbox.
import { describe, expect, test } from 'bun:test';
import type { Collection, CollectionSpec, Documents } from '#src/ports/documents.ts';
import { testDocumentQueries } from './document-queries.contract.ts';
import { type Harness, using } from './harness.ts';
import { sampleEvent } from './sample-event.ts';

export interface DocumentsHarness extends Harness {
  documents: Documents;
}

interface Member {
  name?: string | null;
  team?: string;
  number?: number;
  visits?: number;
  tags?: string[];
  marks?: { id: number; word: string }[];
  settings?: { theme?: string; editor?: { size?: number; wrap?: boolean } };
}

const members: CollectionSpec = {
  name: 'members',
  indexes: [
    { fields: ['name'], unique: true },
    { fields: ['team', 'number'], unique: true },
    { fields: ['tags'] },
  ],
};

export function testDocuments(name: string, factory: () => Promise<DocumentsHarness>): void {
  const opened = using(factory);
  testSingle(name, opened);
  testChanges(name, opened);
  testConditions(name, opened);
  testUniques(name, opened);
  testOutbox(name, opened);
  testDocumentQueries(name, factory);
}

type Opened = ReturnType<typeof using<DocumentsHarness>>;

const open = (documents: Documents): Collection<Member> => documents.collection<Member>(members);

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

function testChanges(name: string, opened: Opened): void {
  const changed = (
    words: string,
    before: Member,
    change: Parameters<Collection<Member>['change']>[1],
    after: Member,
  ) =>
    test(
      `${words}: ${JSON.stringify(change)}`,
      opened(async ({ documents }) => {
        await open(documents).insert('a', before);
        const outcome = await open(documents).change('a', change);
        expect(outcome).toEqual({ kind: 'changed', stored: { id: 'a', version: 2, body: after } });
        expect(await open(documents).get('a')).toEqual({ id: 'a', version: 2, body: after });
      }),
    );

  describe(`${name}: changes of a document`, () => {
    changed('set replaces', { name: 'Ada', visits: 1 }, { set: { name: 'Eve' } }, { name: 'Eve', visits: 1 });
    changed(
      'set goes deep',
      { settings: { theme: 'dark' } },
      { set: { 'settings.editor.size': 12 } },
      {
        settings: { theme: 'dark', editor: { size: 12 } },
      },
    );
    changed(
      'set makes what is absent',
      {},
      { set: { 'settings.theme': 'dark', tags: ['x'] } },
      {
        settings: { theme: 'dark' },
        tags: ['x'],
      },
    );
    changed('set may be null', { name: 'Ada' }, { set: { name: null } }, { name: null });
    changed('unset takes away', { name: 'Ada', visits: 1 }, { unset: ['visits', 'team'] }, { name: 'Ada' });
    changed(
      'unset goes deep',
      { settings: { theme: 'dark', editor: { size: 1 } } },
      { unset: ['settings.editor.size'] },
      {
        settings: { theme: 'dark', editor: {} },
      },
    );
    changed('inc adds', { visits: 2 }, { inc: { visits: 3 } }, { visits: 5 });
    changed(
      'inc takes away, and counts from nothing',
      { number: 1 },
      { inc: { visits: 1, number: -2 } },
      {
        visits: 1,
        number: -1,
      },
    );
    changed('push adds at the end', { tags: ['x'] }, { push: { tags: 'x' } }, { tags: ['x', 'x'] });
    changed('push begins a list', {}, { push: { tags: 'x' } }, { tags: ['x'] });
    changed(
      'pull takes every equal one away',
      { tags: ['x', 'y', 'x'] },
      { pull: { tags: 'x' } },
      { tags: ['y'] },
    );
    changed(
      'pull compares whole objects',
      {
        marks: [
          { id: 1, word: 'a' },
          { id: 2, word: 'b' },
        ],
      },
      { pull: { marks: { id: 1, word: 'a' } } },
      { marks: [{ id: 2, word: 'b' }] },
    );
    changed('pull of nothing is fine', { name: 'Ada' }, { pull: { tags: 'x' } }, { name: 'Ada' });
    changed(
      'all together',
      { name: 'Ada', team: 't', visits: 1, tags: ['x', 'y'] },
      {
        set: { name: 'Eve' },
        unset: ['team'],
        inc: { visits: 1 },
        pull: { tags: 'x' },
        push: { marks: { id: 1, word: 'w' } },
      },
      { name: 'Eve', visits: 2, tags: ['y'], marks: [{ id: 1, word: 'w' }] },
    );
    changed('nothing is a change too', { name: 'Ada' }, {}, { name: 'Ada' });

    test(
      'counts of many at once add up',
      opened(async ({ documents }) => {
        await open(documents).insert('a', { visits: 0 });
        const changes = Array.from({ length: 20 }, () => open(documents).change('a', { inc: { visits: 1 } }));
        const outcomes = await Promise.all(changes);
        expect(outcomes.every((outcome) => outcome.kind === 'changed')).toBe(true);
        expect(await open(documents).get('a')).toEqual({ id: 'a', version: 21, body: { visits: 20 } });
      }),
    );
  });
}

function testConditions(name: string, opened: Opened): void {
  describe(`${name}: changes on conditions`, () => {
    test(
      'an absent document is absent',
      opened(async ({ documents }) => {
        expect(await open(documents).change('a', { set: { name: 'Ada' } })).toEqual({ kind: 'absent' });
        expect(await open(documents).get('a')).toBeNull();
      }),
    );

    test(
      'another version changes nothing and shows what is there',
      opened(async ({ documents }) => {
        await open(documents).insert('a', { visits: 1 });
        await open(documents).change('a', { inc: { visits: 1 } }, { expectedVersion: 1 });
        const outcome = await open(documents).change('a', { inc: { visits: 1 } }, { expectedVersion: 1 });
        expect(outcome).toEqual({ kind: 'unmatched', stored: { id: 'a', version: 2, body: { visits: 2 } } });
      }),
    );

    test(
      'a document that does not match is not changed',
      opened(async ({ documents }) => {
        await open(documents).insert('a', { team: 't', visits: 1 });
        const where = { team: 't', visits: { lt: 2 } };
        expect((await open(documents).change('a', { inc: { visits: 1 } }, { where })).kind).toBe('changed');
        expect(await open(documents).change('a', { inc: { visits: 1 } }, { where })).toEqual({
          kind: 'unmatched',
          stored: { id: 'a', version: 2, body: { team: 't', visits: 2 } },
        });
      }),
    );

    test(
      'of many that set what must be empty exactly one does',
      opened(async ({ documents }) => {
        await open(documents).insert('a', { name: null });
        const outcomes = await Promise.all(
          ['u', 'v', 'w'].map((value) =>
            open(documents).change('a', { set: { name: value } }, { where: { name: null } }),
          ),
        );
        expect(outcomes.map((outcome) => outcome.kind).sort()).toEqual(['changed', 'unmatched', 'unmatched']);
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

function testOutbox(name: string, opened: Opened): void {
  const at = (id: string, time: number) => sampleEvent(id, 'user-1', 'pod_overdue', time);

  describe(`${name}: the outbox of a document`, () => {
    test(
      'events are kept with the insert and the change, in order, until they are marked',
      opened(async ({ documents }) => {
        await open(documents).insert('a', { name: 'Ada' }, { outbox: [at('one', 1_000), at('two', 1_000)] });
        await open(documents).change('a', { set: { visits: 1 } }, { outbox: [at('three', 2_000)] });
        const unsent = await documents.unsent(1_000, 10);
        expect(unsent).toHaveLength(1);
        const rows = unsent[0]?.rows ?? [];
        expect(unsent[0]).toMatchObject({ collection: 'members', id: 'a' });
        expect(rows.map((row) => row.event)).toEqual([
          at('one', 1_000),
          at('two', 1_000),
          at('three', 2_000),
        ]);
        expect([...rows].sort((left, right) => left.n - right.n)).toEqual([...rows]);
        await documents.mark('members', 'a', rows[1]?.n ?? -1);
        expect(await documents.unsent(1_999, 10)).toEqual([]);
        expect((await documents.unsent(2_000, 10))[0]?.rows).toEqual(rows.slice(2));
        await documents.mark('members', 'a', rows[0]?.n ?? -1);
        await documents.mark('members', 'a', rows[2]?.n ?? -1);
        expect(await documents.unsent(9_000, 10)).toEqual([]);
        expect(await open(documents).get('a')).toEqual({
          id: 'a',
          version: 2,
          body: { name: 'Ada', visits: 1 },
        });
      }),
    );

    test(
      'rows after a mark are numbered above it',
      opened(async ({ documents }) => {
        await open(documents).insert('a', {}, { outbox: [at('one', 1_000)] });
        const first = (await documents.unsent(9_000, 10))[0]?.rows[0]?.n ?? -1;
        await documents.mark('members', 'a', first);
        await open(documents).change('a', { inc: { visits: 1 } }, { outbox: [at('two', 1_000)] });
        const second = (await documents.unsent(9_000, 10))[0]?.rows;
        expect(second).toHaveLength(1);
        expect(second?.[0]?.n ?? -1).toBeGreaterThan(first);
      }),
    );

    test(
      'a write that did not happen leaves no event',
      opened(async ({ documents }) => {
        await open(documents).insert('a', { name: 'Ada' });
        const outbox = [at('never', 1_000)];
        await open(documents).insert('a', { name: 'Eve' }, { outbox });
        await open(documents).insert('b', { name: 'Ada' }, { outbox });
        await open(documents).change('a', { set: { visits: 1 } }, { outbox, expectedVersion: 7 });
        await open(documents).change('c', { set: { visits: 1 } }, { outbox });
        expect(await documents.unsent(9_000, 10)).toEqual([]);
      }),
    );

    test(
      'unsent answers at most so many documents, over all collections',
      opened(async ({ documents }) => {
        const others = documents.collection<Member>({ name: 'others', indexes: [] });
        await open(documents).insert('a', {}, { outbox: [at('a', 1_000), at('a2', 1_000)] });
        await open(documents).insert('b', {}, { outbox: [at('b', 1_000)] });
        await others.insert('a', {}, { outbox: [at('o', 1_000)] });
        expect(await documents.unsent(9_000, 2)).toHaveLength(2);
        const all = await documents.unsent(9_000, 10);
        expect(all.map((one) => `${one.collection}/${one.id}`).sort()).toEqual([
          'members/a',
          'members/b',
          'others/a',
        ]);
      }),
    );
  });
}
