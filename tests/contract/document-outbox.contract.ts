// What every engine of Documents promises about outboxes: kept with the write that caused them, until they are marked.
import { describe, expect, test } from 'bun:test';
import { messageBytesMax } from '#src/domain/sizes.ts';
import type { Documents } from '#src/ports/documents.ts';
import type { Harness, Using } from './harness.ts';
import { sampleEvent } from './sample-event.ts';
import { type Member, open } from './sample-members.ts';

type Opened = Using<Harness & { documents: Documents }>;

export function testDocumentOutbox(name: string, opened: Opened): void {
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
      'an event that no bus would carry is refused with its write',
      opened(async ({ documents }) => {
        const large = sampleEvent('large', 'x'.repeat(messageBytesMax), 'pod_overdue');
        const outbox = [at('small', 1_000), large];
        const refused = expect.objectContaining({ kind: 'oversized' });
        await expect(open(documents).insert('a', { name: 'Ada' }, { outbox })).rejects.toEqual(refused);
        expect(await open(documents).get('a')).toBeNull();
        await open(documents).insert('a', { name: 'Ada' });
        await expect(open(documents).change('a', { set: { visits: 1 } }, { outbox })).rejects.toEqual(
          refused,
        );
        expect(await open(documents).get('a')).toEqual({ id: 'a', version: 1, body: { name: 'Ada' } });
        expect(await documents.unsent(9_000, 10)).toEqual([]);
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
      'what was said before an id was given anew goes first, whatever the clocks said',
      opened(async ({ documents }) => {
        await open(documents).insert('a', {}, { outbox: [at('earlier', 2_000)] });
        await open(documents).remove('a');
        await open(documents).insert('a', {}, { outbox: [at('later', 1_000)] });
        for (const before of [1_000, 2_000]) {
          const [found, ...others] = await documents.unsent(before, 10);
          expect(found?.rows.map(({ event }) => event.id)).toEqual(['earlier', 'later']);
          expect(others).toEqual([]);
        }
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
