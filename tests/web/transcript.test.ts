import { expect, test } from 'bun:test';
import type { OutputEvent } from '#web/lib/run-events.ts';
import { createTranscript, plainText } from '#web/lib/transcript.ts';

const text = (stream: 'stdout' | 'stderr', words: string, attempt = 1): OutputEvent => ({
  kind: 'output',
  attempt,
  stream,
  body: { text: words },
});
const bytes = (stream: 'stdout' | 'stderr', ...data: number[]): OutputEvent => ({
  kind: 'output',
  attempt: 1,
  stream,
  body: { base64: Buffer.from(data).toString('base64') },
});

test('a character that is cut by the border of a chunk is whole again', () => {
  const transcript = createTranscript();
  transcript.add([bytes('stdout', 0xe2, 0x9c)]);
  transcript.add([bytes('stdout', 0x93, 0x0a)]);
  expect(plainText(transcript.rows)).toBe('✓');
});

test('each stream has a decoder of its own', () => {
  const transcript = createTranscript();
  transcript.add([bytes('stdout', 0xe2, 0x9c), text('stderr', 'between\n'), bytes('stdout', 0x93, 0x0a)]);
  expect(plainText(transcript.rows)).toBe('between\n✓');
});

test('what never becomes a character is shown as replaced, before the text that follows', () => {
  const transcript = createTranscript();
  transcript.add([bytes('stdout', 0xe2), text('stdout', 'x\n')]);
  expect(plainText(transcript.rows)).toBe('\uFFFDx');
});

test('what a person typed begins a line of its own, and the answer the next', () => {
  const transcript = createTranscript();
  transcript.add([text('stdout', 'Name? ')]);
  transcript.echo(1, 'Ada\n');
  transcript.add([text('stdout', 'Hello Ada\n')]);
  expect(plainText(transcript.rows)).toBe('Name? \nAda\nHello Ada');
});

test('a next attempt begins a block of its own', () => {
  const transcript = createTranscript();
  transcript.add([text('stdout', 'half')]);
  transcript.beginAttempt(2);
  transcript.add([text('stdout', 'whole\n', 2)]);
  expect(transcript.rows.map((row) => row.kind)).toEqual(['line', 'attempt', 'line']);
  expect(new Set(transcript.rows.map(({ key }) => key)).size).toBe(3);
});

test('rows that did not change are the same objects, and the list is the same until something is added', () => {
  const transcript = createTranscript();
  transcript.add([text('stdout', 'one\ntwo\n')]);
  const before = transcript.rows;
  expect(transcript.rows).toBe(before);
  transcript.add([text('stdout', 'three\n')]);
  expect(transcript.rows[0]).toBe(before[0]);
  expect(transcript.rows).toHaveLength(3);
});

test('what is read aloud is the latest output, once, and never what was typed', () => {
  const transcript = createTranscript();
  transcript.add([text('stdout', `${'x'.repeat(1_000)}the end`)]);
  transcript.echo(1, 'secret\n');
  const spoken = transcript.takeSpoken();
  expect(spoken).toEndWith('the end');
  expect(spoken.length).toBeLessThanOrEqual(400);
  expect(transcript.takeSpoken()).toBe('');
});
