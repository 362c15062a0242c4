// A record that cannot be understood is set aside, never guessed at; it has a deadline all the same.
import type { SagaRecord } from '#src/domain/saga-record.ts';

export const quarantineTimer = 'quarantine';
export const quarantineMs = 3_600_000;

/** The record set aside. Once its deadline comes, its machine abandons it. */
export function quarantined(record: SagaRecord, at: number, words: string): SagaRecord {
  return aside(record, at, { name: quarantineTimer, at: at + quarantineMs }, { since: at, words });
}

/** The record taken out again by an admin: its deadline fires at once, so that its state asks where things stand. */
export function released(record: SagaRecord, now: number): SagaRecord {
  const at = Math.max(now, record.at);
  return aside(record, at, { name: 'deadline', at }, null);
}

function aside(
  record: SagaRecord,
  at: number,
  timer: { name: string; at: number },
  quarantine: SagaRecord['quarantine'],
): SagaRecord {
  const version = record.version + 1;
  return {
    ...record,
    version,
    at,
    quarantine,
    timers: [{ ...timer, arming: version }],
    nextDeadline: timer.at,
    outbox: record.outbox.filter((row) => row.n > record.sentThrough),
  };
}
