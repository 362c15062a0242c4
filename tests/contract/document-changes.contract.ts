// What every engine of Documents promises about changes: each operator, and the conditions under which they happen.
import { describe, expect, test } from 'bun:test';
import type { Collection, Documents } from '#src/ports/documents.ts';
import type { Harness, Using } from './harness.ts';
import { type Member, open } from './sample-members.ts';

type Opened = Using<Harness & { documents: Documents }>;

export function testDocumentChanges(name: string, opened: Opened): void {
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

export function testDocumentConditions(name: string, opened: Opened): void {
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
