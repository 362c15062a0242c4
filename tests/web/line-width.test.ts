import { expect, test } from 'bun:test';
import { longestLine } from '#web/lib/line-width.ts';
import { createTranscript } from '#web/lib/transcript.ts';

test('the longest line counts, wide characters and tabs with their width', () => {
  const transcript = createTranscript();
  const write = (text: string) =>
    transcript.add([{ kind: 'output', attempt: 1, stream: 'stdout', body: { text } }]);
  expect(longestLine(transcript.rows)).toBe(0);
  write('abc\nab');
  expect(longestLine(transcript.rows)).toBe(3);
  write('cdef\n');
  expect(longestLine(transcript.rows)).toBe(6);
  write('日本語日本\t\n');
  expect(longestLine(transcript.rows)).toBe(18);
});
