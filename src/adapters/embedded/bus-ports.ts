// What every part of the embedded bus works with.
import type { Clock } from '#src/ports/clock.ts';
import type { Logger } from '#src/ports/logger.ts';
import type { Connection } from './database.ts';
import type { Writer } from './writer.ts';

export interface BusPorts {
  connection: Connection;
  writer: Writer;
  clock: Clock;
  logger: Logger;
}
