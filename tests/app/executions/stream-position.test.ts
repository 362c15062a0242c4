// Positions in a run's stream, written and read.
import { expect, test } from 'bun:test';
import { formatPosition, parsePosition } from '#src/app/executions/stream-position.ts';

test('a position is read as it was written', () => {
  for (const number of [-1, 0, 12_345]) {
    const position = { turn: 7, attempt: 2, number };
    expect(parsePosition(formatPosition(position))).toEqual(position);
  }
  expect(formatPosition({ turn: 0, attempt: 1, number: -1 })).toBe('0.1.-1');
});

test.each(['', '1', '1.1', '1.1.1.1', '1.0.0', '-1.1.0', '1.1.-2', '1.1.x', ' 1.1.1', '1.1.1234567890'])(
  '%p is none',
  (text) => {
    expect(parsePosition(text)).toBeNull();
  },
);
