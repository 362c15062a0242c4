// The driver's log in ours: quieter, for it calls every retry an error, and without anything that a message carries.
import { type LogEntry, logLevel } from 'kafkajs';
import type { Clock } from '#src/ports/clock.ts';
import type { LogFields, Logger } from '#src/ports/logger.ts';

/** The same complaint is told once in this time; an outage repeats it several times a second. */
const quietMs = 30_000;
const complaintsMax = 100;

/** Of what the driver adds to a line. */
const kept = ['groupId', 'memberId', 'broker', 'error', 'retryCount', 'retryTime'];

export function driverLog(clock: Clock, logger: Logger): () => (entry: LogEntry) => void {
  const told = new Map<string, number>();

  function isNews(complaint: string): boolean {
    const now = clock.monotonic();
    const last = told.get(complaint);
    if (last !== undefined && now - last < quietMs) return false;
    if (told.size >= complaintsMax) told.clear();
    told.set(complaint, now);
    return true;
  }

  return () =>
    ({ level, namespace, log }) => {
      const fields: LogFields = { from: namespace, words: log.message };
      for (const name of kept) if (log[name] !== undefined) fields[name] = String(log[name]);
      if (level <= logLevel.ERROR && isNews(`${namespace} ${log.message}`)) {
        logger.warn(fields, 'the driver of Kafka complains');
      } else logger.debug(fields, 'the driver of Kafka says');
    };
}
