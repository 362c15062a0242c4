// Ends what the driver would wait for for ever. When a server dies, Bun tells a socket's 'end' first and its 'close' only
// milliseconds later. A connection that the pool hands out in between takes a write whose buffer never drains, and the driver
// (7.9.0) waits for that 'drain' alone: neither an error nor a time-out of its own ends the call. So the wait also ends when the
// connection closes. The method is not public: the driver's version is pinned, and a missing method is told when we open.
import { Connection } from 'mongodb/lib/cmap/connection';
import { assert } from '#src/domain/errors.ts';

let mended = false;

/** To be called before the first connection. Once is enough, more often changes nothing. */
export function endWritesOfClosedConnections(): void {
  if (mended) return;
  const write = Connection.prototype.writeCommand;
  assert(typeof write === 'function', 'the MongoDB driver writes commands by Connection.writeCommand');
  Connection.prototype.writeCommand = function (command, options) {
    return whileOpen(this, () => write.call(this, command, options));
  };
  mended = true;
}

async function whileOpen(connection: Connection, write: () => Promise<void>): Promise<void> {
  const closed = Promise.withResolvers<never>();
  const end = (): void => closed.reject(connection.error ?? new Error('the connection closed'));
  connection.once('close', end);
  try {
    if (connection.closed) end();
    await Promise.race([closed.promise, write()]);
  } finally {
    connection.off('close', end);
  }
}
