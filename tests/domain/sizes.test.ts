// Sizes of what is kept: measured in bytes of JSON, whatever the characters.
import { describe, expect, test } from 'bun:test';
import {
  beginning,
  checkDocument,
  documentBytesMax,
  fitsLetter,
  letterMessageBytesMax,
} from '#src/domain/sizes.ts';

const jsonBytes = (text: string): number => Buffer.byteLength(JSON.stringify(text));

describe('the beginning of a text', () => {
  test.each([
    ['plain', 'x'.repeat(100)],
    ['of two bytes each', 'é'.repeat(100)],
    ['of four bytes each', '🌱'.repeat(100)],
    ['that JSON writes in six', '\0'.repeat(100)],
    ['that is quoted', '"\\'.repeat(100)],
    ['that is no text any more', '\uD800'.repeat(100)],
  ])('%s takes no more than it may, and nearly as much', (_, text) => {
    const kept = beginning(text, 60);
    expect(text.startsWith(kept)).toBe(true);
    expect(jsonBytes(kept)).toBeLessThanOrEqual(60);
    expect(jsonBytes(kept)).toBeGreaterThan(54);
  });

  test('is the whole where that fits', () => {
    expect(beginning('x'.repeat(58), 60)).toBe('x'.repeat(58));
    expect(beginning('', 2)).toBe('');
  });
});

test('what is measured are bytes, not characters', () => {
  const text = (bytes: number) => 'é'.repeat(bytes / 2);
  expect(() => checkDocument('c', 'a', text(documentBytesMax))).not.toThrow();
  expect(() => checkDocument('c', 'a', text(documentBytesMax + 2))).toThrow(
    'more room than the platform has',
  );
  expect(fitsLetter(text(letterMessageBytesMax - 2))).toBe(true);
  expect(fitsLetter(text(letterMessageBytesMax))).toBe(false);
});
