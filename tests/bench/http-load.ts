// A client that costs as little as a client can: a thread of its own, connections that stay open, the same bytes again and
// again, answers that are counted and not read. One message in, one out.

export interface Load {
  hostname: string;
  port: number;
  /** Whole requests, as they go over the wire; each connection sends one of them again and again. */
  requests: readonly string[];
  connections: number;
  /** How many are sent by all. */
  count: number;
}

export interface LoadDone {
  seconds: number;
  /** What went wrong first; null when every answer was a 200. */
  fault: string | null;
}

interface Line {
  request: Buffer;
  head: Buffer;
  /** What is left to come of the answer that is being read; null before its head is whole. */
  bodyLeft: number | null;
  /** Nothing more is asked. */
  over: boolean;
}

declare const self: Worker;

self.onmessage = async ({ data }: MessageEvent<Load>) => {
  self.postMessage(
    await load(data).catch((error: unknown): LoadDone => ({ seconds: 0, fault: String(error) })),
  );
};

const nothing = Buffer.alloc(0);

async function load({ hostname, port, requests, connections, count }: Load): Promise<LoadDone> {
  const { promise: done, resolve, reject } = Promise.withResolvers<void>();
  let sent = 0;
  let answered = 0;

  function ask(socket: Bun.Socket<Line>): void {
    const { data: line } = socket;
    Object.assign(line, { head: nothing, bodyLeft: null, over: sent >= count });
    if (line.over) return void socket.end();
    sent += 1;
    socket.write(line.request);
  }

  function take(socket: Bun.Socket<Line>, chunk: Buffer): void {
    if (!isWhole(socket.data, chunk)) return;
    answered += 1;
    if (answered === count) resolve();
    ask(socket);
  }

  const began = performance.now();
  for (let number = 0; number < connections; number += 1) {
    const request = Buffer.from(requests[number % requests.length] ?? '');
    const opened = Bun.connect<Line>({
      hostname,
      port,
      data: { request, head: nothing, bodyLeft: null, over: false },
      socket: {
        open: ask,
        data: take,
        error: (_, error) => reject(error),
        close({ data: { over } }) {
          if (!over) reject(new Error('the server closed a connection'));
        },
      },
    });
    opened.catch(reject);
  }
  await done;
  return { seconds: (performance.now() - began) / 1_000, fault: null };
}

/** Whether the answer is whole with this part of it. @throws for any answer but a 200 */
function isWhole(line: Line, chunk: Buffer): boolean {
  if (line.bodyLeft !== null) {
    line.bodyLeft -= chunk.length;
    return line.bodyLeft <= 0;
  }
  line.head = line.head.length === 0 ? chunk : Buffer.concat([line.head, chunk]);
  const end = line.head.indexOf('\r\n\r\n');
  if (end < 0) return false;
  line.bodyLeft = bodyLength(line.head.toString('latin1', 0, end)) - (line.head.length - end - 4);
  return line.bodyLeft <= 0;
}

function bodyLength(head: string): number {
  if (!head.startsWith('HTTP/1.1 200')) throw new Error(`not a 200: ${head.slice(0, 200)}`);
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
  if (length === undefined) throw new Error(`no length: ${head.slice(0, 200)}`);
  return Number(length);
}
