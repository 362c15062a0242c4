// What counts as the same store: every row to its last byte, in whatever order; and what an operator is told of what is not.
import { expect, test } from 'bun:test';
import type { StorePart, StoreRow } from '#src/ports/store-contents.ts';
import { compareTallies, digestOfStore, type PartTally, startTally } from '#src/store-tally.ts';
import { sampleEvent } from '#tests/contract/sample-event.ts';
import { sampleRecord } from '#tests/contract/sample-record.ts';

const frame = (number: number, text: string): StoreRow => ({
  kind: 'chunk',
  execution: 'run',
  attempt: 1,
  chunk: { kind: 'frame', frame: { number, channel: 'stdout', at: 5, data: new TextEncoder().encode(text) } },
});
const seal: StoreRow = {
  kind: 'chunk',
  execution: 'run',
  attempt: 1,
  chunk: { kind: 'seal', number: 3, seal: { last: 2 } },
};
const input = { number: 1, data: new Uint8Array([0, 255]), end: false };
const rows: readonly StoreRow[] = [
  { kind: 'record', record: sampleRecord('a') },
  { kind: 'document', collection: 'members', id: 'a', version: 1, body: { name: 'Ada' } },
  { kind: 'event', collection: 'members', id: 'a', n: 1, event: sampleEvent('one', 'run') },
  frame(0, 'x'),
  seal,
  { kind: 'input', execution: 'run', attempt: 1, key: 'k', input },
];

function tallied(some: readonly StoreRow[]): PartTally {
  const tally = startTally();
  for (const row of some) tally.add(row);
  return tally.result();
}

test('the order of rows says nothing, and how often a row is there says much', () => {
  expect(tallied(rows.toReversed())).toEqual(tallied(rows));
  expect(tallied([...rows, seal]).digest).not.toBe(tallied(rows).digest);
  expect(tallied([frame(0, 'x'), frame(0, 'x')]).digest).not.toBe(tallied([]).digest);
});

test.each<[string, StoreRow]>([
  ['a mark of a record', { kind: 'record', record: sampleRecord('a', { sentThrough: 1 }) }],
  ['a version', { kind: 'document', collection: 'members', id: 'a', version: 2, body: { name: 'Ada' } }],
  ['a collection', { kind: 'document', collection: 'others', id: 'a', version: 1, body: { name: 'Ada' } }],
  ['a body', { kind: 'document', collection: 'members', id: 'a', version: 1, body: { name: 'ada' } }],
  [
    'a half of a letter',
    { kind: 'document', collection: 'm', id: 'a', version: 1, body: { name: '\ud800' } },
  ],
  ['another half', { kind: 'document', collection: 'm', id: 'a', version: 1, body: { name: '\ud801' } }],
  ['an event', { kind: 'event', collection: 'members', id: 'a', n: 1, event: sampleEvent('two', 'run') }],
  ['a byte of output', frame(0, 'y')],
  ['a number', frame(1, 'x')],
  [
    'an end of input',
    { kind: 'input', execution: 'run', attempt: 1, key: 'k', input: { ...input, end: true } },
  ],
])('%s makes another digest', (_, row) => {
  const others = rows.map((one) => tallied([one]).digest);
  expect(others).not.toContain(tallied([row]).digest);
});

const store = (entries: [StorePart, readonly StoreRow[]][]): Map<StorePart, PartTally> =>
  new Map(entries.map(([part, some]) => [part, tallied(some)]));

test('parts are compared by name, and one that is empty on both sides is not told', () => {
  const source = store([
    ['chunks', [frame(0, 'x'), seal]],
    ['inputs', []],
    ['records', rows.slice(0, 1)],
  ]);
  const target = store([
    ['chunks', [frame(0, 'y'), seal]],
    ['records', rows.slice(0, 1)],
    ['documents.more', rows.slice(1, 2)],
  ]);
  const { lines, different } = compareTallies(source, target);
  expect(different).toEqual(['chunks', 'documents.more']);
  expect(lines).toHaveLength(3);
  expect(lines).toContain(`same      records: 1, ${tallied(rows.slice(0, 1)).digest}`);
  expect(lines.find((line) => line.startsWith('different documents.more'))).toMatch(/: 0, 0+ in the .*; 1, /);
  expect(compareTallies(source, source).different).toEqual([]);
});

test('a source is known again by what it holds, not by collections that are empty', () => {
  const source = store([['chunks', [seal]]]);
  const withEmpty = store([
    ['inputs', []],
    ['chunks', [seal]],
  ]);
  expect(digestOfStore(withEmpty)).toBe(digestOfStore(source));
  expect(digestOfStore(store([['chunks', [frame(0, 'x')]]]))).not.toBe(digestOfStore(source));
});
