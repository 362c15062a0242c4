// One line for each request. Lines are written once the answers of this turn of the event loop are on their way, and those of one
// turn together: nobody waits for a log.
import type { LogFields, Logger } from '#src/ports/logger.ts';

export interface RequestLine extends LogFields {
  requestId: string;
  method: string;
  route: string | null;
  status: number;
  ms: number;
  userId: string | undefined;
}

export function createRequestLog(logger: Pick<Logger, 'info'>): (line: RequestLine) => void {
  let waiting: RequestLine[] = [];

  function write(): void {
    const lines = waiting;
    waiting = [];
    for (const line of lines) logger.info(line, 'request');
  }

  return (line) => {
    if (waiting.push(line) === 1) setImmediate(write);
  };
}
