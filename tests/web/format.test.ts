import { expect, test } from 'bun:test';
import { cookieIn } from '#web/lib/cookies.ts';
import { agoText, bytesText, durationText, memoryBytes, processors, tickingText } from '#web/lib/format.ts';
import { returnPath } from '#web/lib/return-path.ts';

test.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1536, '1.5 KiB'],
  [512 * 1024 ** 2, '512 MiB'],
  [3 * 1024 ** 3, '3 GiB'],
])('%d bytes are %s', (count, words) => expect(bytesText(count)).toBe(words));

test.each([
  [0, '0 s'],
  [12, '0.01 s'],
  [2_020, '2.02 s'],
  [59_900, '59.9 s'],
  [60_000, '1 min'],
  [125_000, '2 min 5 s'],
  [3_780_000, '1 h 3 min'],
])('%d ms are %s', (milliseconds, words) => expect(durationText(milliseconds)).toBe(words));

test('a ticking clock keeps its width', () => {
  expect([0, 990, 59_940].map(tickingText)).toEqual(['0.0 s', '1.0 s', '59.9 s']);
});

test('quantities are read as the server writes them', () => {
  expect([memoryBytes('512Mi'), memoryBytes('1.5Gi'), memoryBytes('x')]).toEqual([
    512 * 2 ** 20,
    1.5 * 2 ** 30,
    null,
  ]);
  expect([processors('1000m'), processors('2'), processors('2 cores')]).toEqual([1, 2, null]);
});

test('how long ago, never in the future', () => {
  const now = 1_000_000_000;
  const ago = [-5_000, 5_000, 30_000, 120_000, 7_200_000, 200_000_000].map((ms) => agoText(now - ms, now));
  expect(ago).toEqual(['just now', 'just now', '30 s ago', '2 min ago', '2 h ago', '2 d ago']);
});

test.each([
  ['/editor?execution=1', '/editor?execution=1'],
  ['//example.org', '/editor'],
  ['/\\example.org', '/editor'],
  ['https://example.org/', '/editor'],
  ['/login?next=/login', '/editor'],
  [null, '/editor'],
])('after login %p leads to %s', (wanted, path) => expect(returnPath(wanted)).toBe(path));

test('one cookie of several is found, and an empty header has none', () => {
  expect(cookieIn('a=1; csrf_token=x%3Dy; b=2', 'csrf_token')).toBe('x=y');
  expect(cookieIn('', 'csrf_token')).toBeNull();
});
