// How wide a list of rows is in character cells, about: enough to know how far it can be scrolled sideways.
import type { Line } from './terminal-lines.ts';
import type { Row } from './transcript.ts';

const tabWidth = 8;
const widths = new WeakMap<Line, number>();

export const longestLine = (rows: readonly Row[]): number =>
  rows.reduce((longest, row) => (row.kind === 'line' ? Math.max(longest, cellsOf(row.line)) : longest), 0);

/** A line never changes; one that goes on is a new line. */
function cellsOf(line: Line): number {
  const known = widths.get(line);
  if (known !== undefined) return known;
  let cells = 0;
  for (const { text } of line.spans)
    for (const character of text) cells += character === '\t' ? tabWidth : character < '\u1100' ? 1 : 2;
  widths.set(line, cells);
  return cells;
}
