// Bytes in pieces → whole lines. Pure but for what is left over between two pieces.

export interface LineSplitter {
  /** The lines that are complete now, without their newline. */
  push(piece: Uint8Array): string[];
  /** What came after the last newline. */
  rest(): string;
}

/** @param encoding of the bytes: one byte a character where only ASCII counts and everything else is noise */
export function lineSplitter(encoding: 'utf-8' | 'latin1'): LineSplitter {
  const decoder = new TextDecoder(encoding);
  let rest = '';
  return {
    push(piece) {
      const lines = decoder.decode(piece, { stream: true }).split('\n');
      lines[0] = rest + (lines[0] ?? '');
      rest = lines.pop() ?? '';
      return lines;
    },
    rest: () => rest,
  };
}
