// Range headers against something of ten bytes.
import { expect, test } from 'bun:test';
import { type ByteRange, byteRange } from '#src/app/executions/byte-range.ts';

const part = (start: number, end: number): ByteRange => ({ kind: 'part', start, end });
const all: ByteRange = { kind: 'all' };
const none: ByteRange = { kind: 'unsatisfiable' };

test.each<[string | null, ByteRange]>([
  [null, all],
  ['', all],
  ['bytes=0-0', part(0, 1)],
  ['bytes=0-', part(0, 10)],
  ['bytes=9-', part(9, 10)],
  ['bytes=2-100', part(2, 10)],
  ['bytes=-1', part(9, 10)],
  ['bytes=-100', part(0, 10)],
  ['bytes=10-', none],
  ['bytes=-0', none],
  ['bytes=-', all],
  ['bytes=5-2', all],
  ['bytes=0-1,4-5', all],
  ['octets=0-1', all],
])('%p', (header, expected) => {
  expect(byteRange(header, 10)).toEqual(expected);
});

test('of nothing there is no part', () => {
  expect(byteRange('bytes=0-', 0)).toEqual(none);
});
