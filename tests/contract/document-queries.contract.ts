// What every engine of Documents promises about finding: each kind of condition, lists, nested fields, order and pages.
import { describe, expect, test } from 'bun:test';
import type { Collection, CollectionSpec, Documents } from '#src/ports/documents.ts';
import type { Filter, Query } from '#src/ports/filter.ts';
import { type Harness, using } from './harness.ts';

interface Book {
  title: string;
  pages?: number;
  price?: number | null;
  lent?: boolean;
  tags?: string[];
  years?: number[];
  place?: { room?: string; shelf?: number };
}

const books: CollectionSpec = {
  name: 'books',
  indexes: [
    { fields: ['title'] },
    { fields: ['pages'] },
    { fields: ['price', 'pages'] },
    { fields: ['lent'] },
    { fields: ['tags'] },
    { fields: ['years'] },
    { fields: ['place.room', 'place.shelf'] },
  ],
};

const library: readonly [string, Book][] = [
  [
    'a',
    {
      title: 'Ärger 100%',
      pages: 10,
      price: 9.5,
      lent: true,
      tags: ['x', 'y'],
      place: { room: 'north', shelf: 1 },
    },
  ],
  [
    'b',
    {
      title: 'snake_case',
      pages: 20,
      price: null,
      lent: false,
      tags: [],
      place: { room: 'north', shelf: 2 },
    },
  ],
  ['c', { title: 'Zebra', pages: 20, tags: ['y'], years: [1999, 2001], place: { room: 'south' } }],
  ['d', { title: 'zebra.*', pages: 30, lent: true, years: [2001] }],
  ['e', { title: '1', price: 1 }],
];

const cases: readonly [string, Filter, string][] = [
  ['everything', {}, 'abcde'],
  ['a value', { pages: 20 }, 'bc'],
  ['a value that nobody has', { pages: 21 }, ''],
  ['a text, which is no number', { title: '1' }, 'e'],
  ['a number, which is no text', { title: 1 }, ''],
  ['a truth value', { lent: true }, 'ad'],
  ['a truth value, which is no number', { price: true }, ''],
  ['their id', { id: { in: ['b', 'd', 'z'] } }, 'bd'],
  ['a range of ids', { id: { gt: 'c' }, pages: 30 }, 'd'],
  ['several conditions', { pages: { gte: 20 }, lent: true }, 'd'],
  ['nothing of a field', { price: {} }, 'abcde'],
  ['a value, and nothing of a field without an index', { pages: 20, shade: {} }, 'bc'],
  ['one of a list', { title: { in: ['Zebra', '1', 'none'] } }, 'ce'],
  ['one of a mixed list', { price: { in: [9.5, null, true] } }, 'abcd'],
  ['one of an empty list', { pages: { in: [] } }, ''],
  ['one of an empty list, without an index', { pages: 20, shade: { in: [] } }, ''],
  ['what it is not, absent ones too', { lent: { not: true } }, 'bce'],
  ['not null', { price: { not: null } }, 'ae'],
  ['absent or null', { price: null }, 'bcd'],
  ['there and not null', { price: { exists: true } }, 'ae'],
  ['absent or null, asked the other way', { price: { exists: false } }, 'bcd'],
  ['a list that is there', { years: { exists: true } }, 'cd'],
  ['a list that is not null, and a range', { pages: { gt: 20 }, years: { not: null } }, 'd'],
  ['above', { pages: { gt: 20 } }, 'd'],
  ['between', { pages: { gte: 10, lt: 30 } }, 'abc'],
  ['below, texts', { title: { lt: 'Zebra' } }, 'e'],
  ['from, texts', { title: { gte: 'snake', lte: 'zebra' } }, 'b'],
  ['a range of numbers, which no text is in', { title: { gt: 0 } }, ''],
  ['a range of texts, which no number is in', { price: { lt: 'x' } }, ''],
  ['a range of texts, which no truth value is in', { lent: { gt: 'a' } }, ''],
  ['a value in a list', { tags: 'y' }, 'ac'],
  ['a number in a list', { years: 2001 }, 'cd'],
  ['one of several in a list', { tags: { in: ['x', 'q'] } }, 'a'],
  ['a list without a value', { tags: { not: 'y' } }, 'bde'],
  ['a value in a list and a field', { tags: 'y', pages: 20 }, 'c'],
  ['a nested field', { 'place.room': 'north' }, 'ab'],
  ['two nested fields', { 'place.room': 'north', 'place.shelf': 2 }, 'b'],
  ['a nested field that is absent', { 'place.shelf': null }, 'cde'],
  ['a nested range', { 'place.shelf': { lt: 5 } }, 'ab'],
  ['a text inside, without regard to case', { title: { text: 'ZEB' } }, 'cd'],
  ['a text inside with letters beyond ASCII', { title: { text: 'äRG' } }, 'a'],
  ['a percent sign by the letter', { title: { text: '0%' } }, 'a'],
  ['a percent sign that is no wild card', { title: { text: 'z%a' } }, ''],
  ['an underscore by the letter', { title: { text: 'E_C' } }, 'b'],
  ['an underscore that is no wild card', { title: { text: 'z_bra' } }, ''],
  ['signs of a pattern by the letter', { title: { text: '.*' } }, 'd'],
  ['a quotation mark, which ends nothing', { title: { text: `'"` } }, ''],
];

export function testDocumentQueries(
  name: string,
  factory: () => Promise<Harness & { documents: Documents }>,
): void {
  const opened = using(factory);
  const filled = (body: (collection: Collection<Book>, documents: Documents) => Promise<void>) =>
    opened(async ({ documents }) => {
      const collection = documents.collection<Book>(books);
      for (const [id, book] of library) await collection.insert(id, book);
      await body(collection, documents);
    });

  describe(`${name}: finding documents`, () => {
    for (const [words, where, expected] of cases) {
      test(
        `finds by ${words}: ${JSON.stringify(where)}`,
        filled(async (collection) => {
          expect(await ids(collection, { where })).toBe(expected);
          expect(await collection.count(where)).toBe(expected.length);
        }),
      );
    }

    test(
      'answers whole documents in order of id, with their versions',
      filled(async (collection) => {
        await collection.change('b', { inc: { pages: 1 } });
        const all = await collection.find({ limit: 2 });
        expect(all.rows.map((row) => [row.id, row.version, row.body.pages])).toEqual([
          ['a', 1, 10],
          ['b', 2, 21],
        ]);
      }),
    );

    test(
      'a change moves a document to where it is found now',
      filled(async (collection) => {
        await collection.change('a', {
          push: { tags: 'z' },
          pull: { years: 1 },
          set: { 'place.room': 'south' },
        });
        expect(await ids(collection, { where: { tags: 'z' } })).toBe('a');
        expect(await ids(collection, { where: { 'place.room': 'south' } })).toBe('ac');
        await collection.change('a', { pull: { tags: 'y' } });
        expect(await ids(collection, { where: { tags: 'y' } })).toBe('c');
        await collection.change('c', { set: { tags: 'y' } });
        expect(await ids(collection, { where: { tags: 'y' } })).toBe('c');
        await collection.remove('c');
        expect(await ids(collection, { where: { tags: 'y' } })).toBe('');
      }),
    );

    test(
      'sorts in both directions',
      filled(async (collection) => {
        const where = { pages: { exists: true } };
        const up = await ids(collection, { where, sort: { field: 'pages', direction: 'ascending' } });
        const down = await ids(collection, { where, sort: { field: 'pages', direction: 'descending' } });
        expect([up[0], up[3], down[0], down[3]]).toEqual(['a', 'd', 'd', 'a']);
        const room = await ids(collection, {
          where: { 'place.room': { exists: true } },
          sort: { field: 'place.room', direction: 'descending' },
        });
        expect(room[0]).toBe('c');
      }),
    );

    test(
      'skips and limits',
      filled(async (collection) => {
        expect(await ids(collection, { limit: 2 })).toBe('ab');
        expect(await ids(collection, { limit: 2, skip: 2 })).toBe('cd');
        expect(await ids(collection, { limit: 2, skip: 5 })).toBe('');
      }),
    );

    for (const field of ['pages', 'price', 'lent', 'title', 'place.room']) {
      for (const direction of ['ascending', 'descending'] as const) {
        test(
          `pages by ${field}, ${direction}, repeat nothing and miss nothing`,
          filled(async (collection) => {
            const query: Query = { sort: { field, direction }, limit: 2 };
            const paged = await pagedIds(collection, query);
            expect(paged.join('')).toBe(await ids(collection, { ...query, limit: 100 }));
            expect([...paged].sort().join('')).toBe('abcde');
          }),
        );
      }
    }

    test(
      'pages by id keep their condition, and the last one says so',
      filled(async (collection) => {
        const query: Query = { where: { pages: { exists: true } }, limit: 2 };
        expect(await pagedIds(collection, query)).toEqual(['a', 'b', 'c', 'd']);
        expect((await collection.find({ limit: 5 })).next).toBeNull();
        expect((await collection.find({ limit: 4 })).next).not.toBeNull();
      }),
    );

    test(
      'a cursor that is none is refused as invalid',
      filled(async (collection) => {
        const texts = ['["x"]', '[1,2]', '[[],"a"]', '{}'].map((text) =>
          Buffer.from(text).toString('base64url'),
        );
        for (const after of ['nonsense', '', ...texts]) {
          const refused = collection.find({ limit: 2, after });
          await expect(refused).rejects.toMatchObject({ kind: 'validation' });
        }
      }),
    );

    test(
      'a cursor is the same text on every engine',
      filled(async (collection) => {
        const last = async (field: string, limit: number): Promise<unknown> => {
          const { next } = await collection.find({ sort: { field, direction: 'ascending' }, limit });
          return JSON.parse(Buffer.from(next ?? '', 'base64url').toString());
        };
        expect(await last('pages', 3)).toEqual([20, 'b']);
        expect(await last('lent', 3)).toEqual([false, 'b']);
        expect(await last('place.room', 4)).toEqual(['north', 'b']);
        expect(await last('price', 2)).toEqual([null, 'c']);
        expect(await last('id', 1)).toEqual(['a', 'a']);
      }),
    );

    test(
      'lists give no order that a page could end in',
      filled(async (collection) => {
        const refused = pagedIds(collection, { sort: { field: 'tags', direction: 'ascending' }, limit: 1 });
        await expect(refused).rejects.toMatchObject({ kind: 'validation' });
      }),
    );

    test(
      'a field that could not be one is refused as invalid',
      filled(async (collection) => {
        for (const field of ["a'); DROP TABLE books; --", '$where', '', '1a', 'a b']) {
          const refused = collection.find({ where: { [field]: 1 } });
          await expect(refused).rejects.toMatchObject({ kind: 'validation' });
        }
        expect(await collection.count({})).toBe(library.length);
      }),
    );

    test(
      'also where nothing is stored, and as an order',
      filled(async (collection) => {
        await collection.removeWhere({}, library.length);
        for (const ask of [
          () => collection.find({ where: { $where: 1 } }),
          () => collection.find({ sort: { field: '$where', direction: 'ascending' } }),
          () => collection.count({ $where: 1 }),
          () => collection.removeWhere({ $where: 1 }, 1),
        ])
          await expect(ask()).rejects.toMatchObject({ kind: 'validation' });
      }),
    );
  });
}

async function ids(collection: Collection<Book>, query: Query): Promise<string> {
  return (await collection.find(query)).rows.map((row) => row.id).join('');
}

async function pagedIds(collection: Collection<Book>, query: Query): Promise<string[]> {
  const seen: string[] = [];
  let after: string | null = null;
  do {
    const page = await collection.find(after === null ? query : { ...query, after });
    seen.push(...page.rows.map((row) => row.id));
    after = page.next;
  } while (after !== null);
  return seen;
}
