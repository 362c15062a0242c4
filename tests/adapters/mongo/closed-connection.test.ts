// A write to a connection that closes meanwhile ends, though its buffer never drains.
import { expect, test } from 'bun:test';
import { EventEmitter } from 'node:events';
import { Connection } from 'mongodb/lib/cmap/connection';
import { endWritesOfClosedConnections } from '#src/adapters/mongo/closed-connection.ts';

const command = { toBin: async () => [new Uint8Array([1])] };

/** A connection of the driver on a socket that takes nothing more and tells nothing. */
function stuck(): Connection {
  const connection: Connection = Reflect.construct(EventEmitter, [], Connection);
  const socket = Object.assign(new EventEmitter(), { write: () => false });
  const parts = { socket, closed: false, error: new Error('it is gone') };
  for (const [name, value] of Object.entries(parts)) Object.defineProperty(connection, name, { value });
  return connection;
}

test('ends with the connection, and leaves no listener behind', async () => {
  endWritesOfClosedConnections();
  endWritesOfClosedConnections();
  const connection = stuck();
  const writing = connection.writeCommand(command, { agreedCompressor: 'none' });
  expect(connection.listenerCount('close')).toBe(1);
  connection.emit('close');
  await expect(writing).rejects.toThrow('it is gone');
  expect(connection.listenerCount('close')).toBe(0);
});
