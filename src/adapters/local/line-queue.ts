// Lines between a pipe and whoever is attached: bounded, in order, handed to one reader at a time.

export interface LineQueue {
  push(chunk: Uint8Array): void;
  end(): void;
  /** Resolves while there is room; the pipe is not read until then. */
  room(): Promise<void>;
  /** From now on there is always room: the pipe is read to its end, so that its end is seen. */
  lift(): void;
  /** From the first line that nobody took. Taking over ends the iteration of the reader before. */
  attach(): { lines: AsyncIterable<string>; isAttached: () => boolean; detach: () => void };
}

interface Reader {
  wake: () => void;
}

export function lineQueue(unreadBytesMax: number): LineQueue {
  const lines: string[] = [];
  const decoder = new TextDecoder('latin1');
  let partial = '';
  let unreadBytes = 0;
  let bytesMax = unreadBytesMax;
  let ended = false;
  let reader: Reader | null = null;
  let roomWaiters: (() => void)[] = [];

  const freeRoom = (): void => {
    if (unreadBytes > bytesMax) return;
    for (const wake of roomWaiters) wake();
    roomWaiters = [];
  };

  async function* read(own: Reader): AsyncGenerator<string> {
    while (reader === own) {
      const line = lines.shift();
      if (line !== undefined) {
        unreadBytes -= line.length + 1;
        freeRoom();
        yield line;
      } else if (ended) return;
      else await new Promise<void>((resolve) => Object.assign(own, { wake: resolve }));
    }
  }

  return {
    push(chunk) {
      const pieces = (partial + decoder.decode(chunk)).split('\n');
      partial = pieces.pop() ?? '';
      unreadBytes += chunk.byteLength;
      for (const piece of pieces) lines.push(piece);
      if (pieces.length > 0) reader?.wake();
    },
    end() {
      ended = true;
      reader?.wake();
    },
    room: () =>
      unreadBytes <= bytesMax ? Promise.resolve() : new Promise((resolve) => roomWaiters.push(resolve)),
    lift() {
      bytesMax = Number.POSITIVE_INFINITY;
      freeRoom();
    },
    attach() {
      const own: Reader = { wake: () => undefined };
      const before = reader;
      reader = own;
      before?.wake();
      return {
        lines: read(own),
        isAttached: () => reader === own,
        detach() {
          if (reader === own) reader = null;
          own.wake();
        },
      };
    },
  };
}
