// Text with terminal control sequences → lines of styled spans. Carriage return and backspace move, colours stay on until
// changed, every other sequence is dropped. One model per run keeps both streams in the order in which they came.
import Anser from 'anser';

export type StreamName = 'stdout' | 'stderr';
/** What a person typed is shown among the output, as a terminal would. */
export type LineSource = StreamName | 'stdin';

export interface Span {
  text: string;
  /** CSS class names of the theme; empty for plain text. */
  classes: string;
  /** `r, g, b` of colours outside the theme's sixteen. */
  foreground: string | null;
  background: string | null;
}

export interface Line {
  /** Grows by one with each line; never reused, so that a list may be keyed by it. */
  key: number;
  stream: LineSource;
  spans: readonly Span[];
}

interface Cell extends Omit<Span, 'text'> {
  character: string;
}

export interface TerminalLines {
  /** All lines so far; the same array until the next write. */
  readonly lines: readonly Line[];
  /** Lines that were dropped from the beginning to keep within bounds. */
  readonly dropped: number;
  write(stream: LineSource, text: string): void;
}

/** More would make the page slow; the whole output can always be downloaded. */
export const linesMax = 50_000;
const lineLengthMax = 20_000;

// Put together rather than written out: a control character in a pattern is easily overlooked.
const escapeCharacter = String.fromCharCode(0x1b);
const bell = String.fromCharCode(0x07);
const escapeSequence = new RegExp(
  `${escapeCharacter}(?:\\[[0-?]*[ -/]*[@-~]|\\][^${bell}${escapeCharacter}]*(?:${bell}|${escapeCharacter}\\\\)|[@-Z\\\\-_])`,
  'g',
);
const colourSequence = new RegExp(`^${escapeCharacter}\\[[0-9;]*m$`);
const unfinished = new RegExp(`${escapeCharacter}(?:\\[[0-?]*[ -/]*|\\][^${bell}${escapeCharacter}]*)?$`);

export function createTerminalLines(): TerminalLines {
  const writers: Record<LineSource, Writer> = {
    stdout: createWriter(),
    stderr: createWriter(),
    stdin: createWriter(),
  };
  let lines: Line[] = [];
  let dropped = 0;
  let nextKey = 0;
  let open: { stream: LineSource; index: number } | null = null;

  function put(stream: LineSource, cells: readonly Cell[], ended: boolean): void {
    const spans = spansOf(cells);
    // A stream that goes on in the line that it left open continues it; the other stream begins a line of its own.
    if (open !== null && open.stream === stream) {
      const old = lines[open.index];
      if (old !== undefined) lines[open.index] = { ...old, spans };
    } else {
      lines.push({ key: nextKey, stream, spans });
      nextKey += 1;
      open = { stream, index: lines.length - 1 };
    }
    if (ended) open = null;
  }

  return {
    get lines() {
      return lines;
    },
    get dropped() {
      return dropped;
    },
    write(stream, text) {
      lines = [...lines];
      if (open !== null && open.stream !== stream) {
        writers[open.stream].breakLine();
        open = null;
      }
      writers[stream].write(text, (cells, ended) => put(stream, cells, ended));
      const excess = lines.length - linesMax;
      if (excess <= 0) return;
      lines = lines.slice(excess);
      dropped += excess;
      if (open !== null) open = { ...open, index: open.index - excess };
    },
  };
}

type Emit = (cells: readonly Cell[], ended: boolean) => void;

interface Writer {
  write(text: string, emit: Emit): void;
  /** The other stream spoke in between: what comes next begins a line. */
  breakLine(): void;
}

function createWriter(): Writer {
  const anser = new Anser();
  let cells: Cell[] = [];
  let column = 0;
  let style = plain;
  let rest = '';
  let broken = false;

  function type(text: string): void {
    for (const character of text) {
      if (character === '\r') column = 0;
      else if (character === '\b') column = Math.max(0, column - 1);
      else if (character === '\u0007') continue;
      else {
        // What lies beyond the bound of one line is not shown; the bytes themselves are kept by the server.
        if (column >= lineLengthMax) continue;
        cells[column] = { ...style, character };
        column += 1;
      }
    }
  }

  function control(sequence: string): void {
    if (colourSequence.test(sequence)) style = styleAfter(anser, sequence);
    else if (sequence === '\u001b[K' || sequence === '\u001b[0K') cells = cells.slice(0, column);
    else if (sequence === '\u001b[2K') cells = [];
  }

  return {
    write(text, emit) {
      const whole = rest + text;
      // A sequence may be cut anywhere between two writes.
      const cut = unfinished.exec(whole);
      rest = cut !== null && cut[0].length < 64 ? cut[0] : '';
      let ready = rest === '' ? whole : whole.slice(0, -rest.length);
      // The end of the line that the other stream broke off: it has its end already.
      if (broken && ready.startsWith('\n')) ready = ready.slice(1);
      if (ready !== '') broken = false;
      const parts = ready.split('\n');
      parts.forEach((part, index) => {
        feed(part, type, control);
        const ended = index < parts.length - 1;
        if (ended || part !== '' || cells.length > 0) emit(cells, ended);
        if (!ended) return;
        cells = [];
        column = 0;
      });
    },
    breakLine() {
      broken = true;
      cells = [];
      column = 0;
    },
  };
}

function feed(text: string, type: (text: string) => void, control: (sequence: string) => void): void {
  let from = 0;
  for (const match of text.matchAll(escapeSequence)) {
    type(text.slice(from, match.index));
    control(match[0]);
    from = match.index + match[0].length;
  }
  type(text.slice(from));
}

const plain: Omit<Cell, 'character'> = { classes: '', foreground: null, background: null };

/** Anser keeps the colours that are on from one call to the next. */
function styleAfter(anser: Anser, sequence: string): Omit<Cell, 'character'> {
  const [entry] = anser.ansiToJson(`${sequence}x`, { json: true, remove_empty: true, use_classes: true });
  if (entry === undefined) return plain;
  const foreground = themed(entry.fg, 'foreground', entry.fg_truecolor);
  const background = themed(entry.bg, 'background', entry.bg_truecolor);
  const classes = [foreground.name, background.name, ...entry.decorations.map((name) => `ansi-${name}`)];
  return {
    classes: classes.filter((name) => name !== null).join(' '),
    foreground: foreground.colour,
    background: background.colour,
  };
}

/** The sixteen named colours belong to the theme; palette and true colours are themselves. */
function themed(
  name: string | null,
  ground: 'foreground' | 'background',
  trueColour: string | null,
): { name: string | null; colour: string | null } {
  if (name === null || name === '') return { name: null, colour: null };
  if (name === 'ansi-truecolor') return { name: null, colour: trueColour };
  const palette = /^ansi-palette-(\d+)$/.exec(name);
  if (palette !== null) return { name: null, colour: paletteColour(Number(palette[1])) };
  return { name: `${name}-${ground}`, colour: null };
}

/** Colours 16 to 255 of the common palette: a cube of six levels, then greys. */
function paletteColour(index: number): string {
  if (index >= 232) {
    const grey = 8 + (index - 232) * 10;
    return `${grey}, ${grey}, ${grey}`;
  }
  const cube = index - 16;
  const level = (step: number): number => (step === 0 ? 0 : 55 + step * 40);
  return [Math.floor(cube / 36), Math.floor(cube / 6) % 6, cube % 6].map(level).join(', ');
}

function spansOf(cells: readonly Cell[]): Span[] {
  const spans: Span[] = [];
  for (let column = 0; column < cells.length; column += 1) {
    const { character, ...style } = cells[column] ?? { ...plain, character: ' ' };
    const last = spans.at(-1);
    if (last !== undefined && sameStyle(last, style)) last.text += character;
    else spans.push({ ...style, text: character });
  }
  return spans;
}

const sameStyle = (a: Omit<Span, 'text'>, b: Omit<Span, 'text'>): boolean =>
  a.classes === b.classes && a.foreground === b.foreground && a.background === b.background;
