// One TCP connection that says exactly what it is told to, and keeps what it hears. For what no HTTP client would send.
import { connect } from 'node:net';

export interface RawConnection {
  /** Resolves once the bytes were taken; also when the other side has closed. */
  send(data: string | Uint8Array): Promise<void>;
  heard(): string;
  /** Resolves with all that was heard once it is enough; also when the connection is closed. */
  hears(enough: RegExp | ((heard: string) => boolean)): Promise<string>;
  /** Says that nothing follows, and goes on listening. */
  finish(): void;
  /** Leaves at once, as a process that dies. */
  reset(): void;
  closed: Promise<void>;
}

export async function rawConnection(url: string): Promise<RawConnection> {
  const { hostname, port } = new URL(url);
  const { promise: open, resolve: opened, reject } = Promise.withResolvers<void>();
  const { promise: closed, resolve: ended } = Promise.withResolvers<void>();
  const listeners = new Set<() => void>();
  let text = '';
  let over = false;
  const tell = () => {
    for (const listener of [...listeners]) listener();
  };
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true, noDelay: true }, opened);
  // A server that closes early is what many of these tests wait for.
  socket.on('error', reject);
  socket.on('data', (data) => {
    text += data.toString('latin1');
    tell();
  });
  const leave = () => {
    over = true;
    ended();
    tell();
  };
  socket.on('end', leave);
  socket.on('close', leave);
  await open;

  return {
    send: (data) =>
      new Promise((resolve) => {
        if (over || socket.destroyed) return resolve();
        listeners.add(resolve);
        socket.write(data, () => {
          listeners.delete(resolve);
          resolve();
        });
      }),
    heard: () => text,
    hears: (enough) =>
      new Promise((resolve) => {
        const look = () => {
          if (!over && !(enough instanceof RegExp ? enough.test(text) : enough(text))) return;
          listeners.delete(look);
          resolve(text);
        };
        listeners.add(look);
        look();
      }),
    finish: () => void socket.end(),
    reset: () => void socket.resetAndDestroy(),
    closed,
  };
}

/** A request as text. Headers may be anything, also more than one of a name. */
export const rawRequest = (line: string, headers: readonly string[] = [], body = ''): string =>
  [`${line} HTTP/1.1`, 'Host: localhost', ...headers, '', body].join('\r\n');
