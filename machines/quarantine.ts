// A record that cannot be understood is set aside, never guessed at; it has a deadline all the same. An administrator may
// release it, which shows in its history; what is released in vain is set aside again, though not for ever.
import type { SagaRecord, Timer } from '#src/domain/saga-record.ts';
import { deadlineName } from './deadline.ts';
import { withTurn } from './next-record.ts';

export const quarantineTimer = 'quarantine';
export const quarantineMs = 3_600_000;
/** Releases in vain put the end off by an hour each, but never further than this after the first cause. */
export const quarantineLongestMs = 86_400_000;

/** The record set aside. Once its deadline comes, its machine abandons it. */
export function quarantined(record: SagaRecord, at: number, words: string): SagaRecord {
  const version = record.version + 1;
  const before = releasedInVain(record);
  const since = record.quarantine?.since ?? before ?? at;
  const until =
    before === null
      ? at + quarantineMs
      : Math.min(at + quarantineMs, Math.max(at, before + quarantineLongestMs));
  return {
    ...record,
    ...alone({ name: quarantineTimer, at: until, arming: version }),
    version,
    at,
    quarantine: { since, words },
    outbox: record.outbox.filter((row) => row.n > record.sentThrough),
  };
}

export interface Why {
  /** Who decided it. */
  by: string;
  reason: string;
}

/** The record taken out again: its deadline fires at once, so that its state asks where things stand. Null for any other. */
export function released(record: SagaRecord, now: number, why: Why): SagaRecord | null {
  const { quarantine, state } = record;
  if (quarantine === null) return null;
  const at = Math.max(now, record.at);
  const { by, reason } = why;
  const event = { type: releaseType, at, by, reason, words: quarantine.words, since: quarantine.since };
  const cause = `${record.id}/release/${record.version}`;
  const next = withTurn(record, { cause, event, fired: null }, state, []);
  return { ...next, ...alone({ name: deadlineName, at, arming: next.version }), quarantine: null };
}

const releaseType = 'RELEASED';

/** When the first quarantine began, of a record that has done nothing since its release; else null. */
function releasedInVain({ turns }: SagaRecord): number | null {
  const event = turns.at(-1)?.event;
  return event?.type === releaseType ? Number(event.since) : null;
}

const alone = (timer: Timer) => ({ timers: [timer], nextDeadline: timer.at });
