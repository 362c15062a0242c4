// Lines that a pod said, between the socket, which is always read to its end, and whoever reads them when they like. Bounded: a
// reader that stays too far behind loses the channel, and hears the rest again from the supervisor on the next one.

export interface HeardLines {
  push(lines: readonly string[]): void;
  /** What was heard before is still read. */
  end(): void;
  /** Nothing more is read. */
  drop(): void;
  read(): AsyncIterable<string>;
}

/** @param overflow called once when more than `charactersMax` wait */
export function heardLines(charactersMax: number, overflow: () => void): HeardLines {
  let waiting: string[] = [];
  let characters = 0;
  let isOver = false;
  let wake: () => void = () => undefined;
  const end = (): void => {
    isOver = true;
    wake();
  };
  return {
    push(lines) {
      if (isOver) return;
      for (const line of lines) {
        waiting.push(line);
        characters += line.length;
      }
      wake();
      if (characters > charactersMax) overflow();
    },
    end,
    drop() {
      waiting = [];
      end();
    },
    async *read() {
      for (;;) {
        const lines = waiting;
        waiting = [];
        for (const line of lines) {
          characters -= line.length;
          yield line;
        }
        if (waiting.length > 0) continue;
        if (isOver) return;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}
