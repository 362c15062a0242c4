// A part of the driver that it keeps to itself and gives no types for; see closed-connection.ts.
declare module 'mongodb/lib/cmap/connection' {
  import type { EventEmitter } from 'node:events';

  export class Connection extends EventEmitter {
    readonly closed: boolean;
    readonly error: Error | null;
    writeCommand(command: unknown, options: unknown): Promise<void>;
  }
}
