// Everything that a run wrote and was told, as rows to show: one block of lines for each attempt. Bytes become text here,
// also where a character is cut in two by the border of a chunk.
import type { OutputEvent } from './run-events.ts';
import { createTerminalLines, type Line, type StreamName, type TerminalLines } from './terminal-lines.ts';

export type Row =
  | { kind: 'line'; key: string; line: Line }
  | { kind: 'attempt'; key: string; attempt: number };

export interface Transcript {
  /** Events in their order; many at once cost hardly more than one. */
  add(events: readonly OutputEvent[]): void;
  /** What a person typed; shown at once. */
  echo(attempt: number, text: string): void;
  beginAttempt(attempt: number): void;
  /** The same array until something is added. */
  readonly rows: readonly Row[];
  /** Lines that are no longer shown; they can be downloaded. */
  readonly dropped: number;
  /** What was written since the last call, shortened; for reading aloud. */
  takeSpoken(): string;
}

interface Block {
  attempt: number;
  terminal: TerminalLines;
  decode: Readonly<Record<StreamName, (body: OutputEvent['body']) => string>>;
}

const spokenMax = 400;

export function createTranscript(): Transcript {
  const blocks: Block[] = [];
  let rows: readonly Row[] | null = null;
  const known = new WeakMap<Line, Row>();
  let spoken = '';

  function blockOf(attempt: number): Block {
    const found = blocks.find((block) => block.attempt === attempt);
    if (found !== undefined) return found;
    const block: Block = {
      attempt,
      terminal: createTerminalLines(),
      decode: { stdout: createDecoder(), stderr: createDecoder() },
    };
    blocks.push(block);
    rows = null;
    return block;
  }

  function write(block: Block, stream: StreamName | 'stdin', text: string): void {
    if (text === '') return;
    block.terminal.write(stream, text);
    if (stream !== 'stdin') spoken = (spoken + text).slice(-spokenMax);
    rows = null;
  }

  function rowOf(attempt: number, line: Line): Row {
    const found = known.get(line);
    if (found !== undefined) return found;
    const row: Row = { kind: 'line', key: `${attempt}:${line.key}`, line };
    known.set(line, row);
    return row;
  }

  function allRows(): Row[] {
    return blocks.flatMap(({ attempt, terminal }, index): Row[] => {
      const lines = terminal.lines.map((line) => rowOf(attempt, line));
      const first = index === 0 && attempt === 1;
      return first ? lines : [{ kind: 'attempt', key: `${attempt}:`, attempt }, ...lines];
    });
  }

  return {
    add(events) {
      let pending: { block: Block; stream: StreamName; text: string } | null = null;
      for (const { attempt, stream, body } of events) {
        const block = blockOf(attempt);
        const text = block.decode[stream](body);
        if (pending !== null && pending.block === block && pending.stream === stream) {
          pending.text += text;
          continue;
        }
        if (pending !== null) write(pending.block, pending.stream, pending.text);
        pending = { block, stream, text };
      }
      if (pending !== null) write(pending.block, pending.stream, pending.text);
    },
    echo: (attempt, text) => write(blockOf(attempt), 'stdin', text),
    beginAttempt: (attempt) => void blockOf(attempt),
    get rows() {
      rows ??= allRows();
      return rows;
    },
    get dropped() {
      return blocks.reduce((sum, { terminal }) => sum + terminal.dropped, 0);
    },
    takeSpoken() {
      const text = spoken;
      spoken = '';
      return text;
    },
  };
}

/** A text chunk is whole by itself; bytes may end or begin in the middle of a character. */
function createDecoder(): (body: OutputEvent['body']) => string {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  return (body) => {
    if ('text' in body) return decoder.decode() + body.text;
    const bytes = Uint8Array.from(atob(body.base64), (character) => character.charCodeAt(0));
    return decoder.decode(bytes, { stream: true });
  };
}

/** For the clipboard: no colours, no marks of ours. */
export const plainText = (rows: readonly Row[]): string =>
  rows
    .map((row) => (row.kind === 'attempt' ? '' : row.line.spans.map((span) => span.text).join('')))
    .join('\n');
