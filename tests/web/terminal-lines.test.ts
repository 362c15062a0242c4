import { describe, expect, test } from 'bun:test';
import { createTerminalLines, linesMax } from '#web/lib/terminal-lines.ts';

function shown(...writes: ['stdout' | 'stderr', string][]): string[] {
  const terminal = createTerminalLines();
  for (const [stream, text] of writes) terminal.write(stream, text);
  return terminal.lines.map(
    ({ stream, spans }) => `${stream === 'stderr' ? '!' : ''}${spans.map(({ text }) => text).join('')}`,
  );
}

describe('terminal lines', () => {
  test('an unfinished line goes on with the next write', () => {
    expect(shown(['stdout', 'a'], ['stdout', 'b\nc'])).toEqual(['ab', 'c']);
  });

  test('empty lines are kept and a final newline opens none', () => {
    expect(shown(['stdout', '\n\nx\n'])).toEqual(['', '', 'x']);
  });

  test('a carriage return writes over the line, and an erase clears its rest', () => {
    expect(shown(['stdout', '100%\r99'])).toEqual(['990%']);
    expect(shown(['stdout', '\r0\r1\r2'])).toEqual(['2']);
    expect(shown(['stdout', 'abcdef\rxy\u001b[K'])).toEqual(['xy']);
    expect(shown(['stdout', 'ab\bc'])).toEqual(['ac']);
  });

  test('the other stream begins a line of its own', () => {
    expect(shown(['stdout', 'out'], ['stderr', 'err\n'], ['stdout', 'more'])).toEqual([
      'out',
      '!err',
      'more',
    ]);
  });

  test('the end of a line that the other stream broke off makes no empty line', () => {
    expect(shown(['stderr', 'oops'], ['stdout', 'name? '], ['stderr', '\n'], ['stdout', 'x\n'])).toEqual([
      '!oops',
      'name? ',
      'x',
    ]);
    expect(shown(['stderr', 'a'], ['stdout', 'b\n'], ['stderr', '\n\nc'])).toEqual(['!a', 'b', '!', '!c']);
  });

  test('colours become classes, also when the sequence is cut between two writes', () => {
    const terminal = createTerminalLines();
    terminal.write('stdout', 'x\u001b[3');
    terminal.write('stdout', '1mred\u001b[0m plain');
    expect(terminal.lines[0]?.spans.map(({ text, classes }) => [text, classes])).toEqual([
      ['x', ''],
      ['red', 'ansi-red-foreground'],
      [' plain', ''],
    ]);
  });

  test('a colour stays on over lines until it is changed', () => {
    const terminal = createTerminalLines();
    terminal.write('stdout', '\u001b[1;32ma\nb\u001b[0mc');
    expect(terminal.lines.map(({ spans }) => spans[0]?.classes)).toEqual([
      'ansi-green-foreground ansi-bold',
      'ansi-green-foreground ansi-bold',
    ]);
    expect(terminal.lines[1]?.spans[1]?.classes).toBe('');
  });

  test('palette and true colours are given as they are', () => {
    const terminal = createTerminalLines();
    terminal.write('stdout', '\u001b[38;5;196mr\u001b[0m\u001b[48;2;1;2;3mb');
    const spans = terminal.lines[0]?.spans;
    expect(spans?.[0]?.foreground).toBe('255, 0, 0');
    expect(spans?.[1]?.background).toBe('1, 2, 3');
  });

  test('titles, cursor moves and bells are dropped', () => {
    expect(shown(['stdout', '\u001b]0;title\u0007a\u001b[2Ab\u0007c'])).toEqual(['abc']);
  });

  test('no more lines are kept than the page can show', () => {
    const terminal = createTerminalLines();
    terminal.write('stdout', 'x\n'.repeat(linesMax + 5));
    expect(terminal.lines.length).toBe(linesMax);
    expect(terminal.dropped).toBe(5);
    terminal.write('stdout', 'last');
    expect(terminal.lines.at(-1)?.spans[0]?.text).toBe('last');
  });
});
