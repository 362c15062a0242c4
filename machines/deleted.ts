// A record that somebody wants gone. What people and scripts wrote leaves it at once; what stays is needed for a while yet:
// whose it was and what it used, the key that made it, and the rows that are still to be sent. Removal follows.
import type { Fields, SagaRecord } from '#src/domain/saga-record.ts';

/** True once everything beside the record was removed. */
export const erasedField = 'erased';
/** Until when the emptied record stays, in ms since 1970. */
export const keptUntilField = 'keptUntil';

/** What a user's runs used counts until midnight, and a key holds for a day: deleting a run gives neither back. */
const fieldsKept = ['userId', 'endedAt', 'cpuMs', 'keyDigest', 'keyUntil'];
const keptMs = 24 * 60 * 60 * 1_000;

/** The record as it is to be committed; null for one that is unfinished, which can only be ended, or deleted already. */
export function deleted(record: SagaRecord, now: number): SagaRecord | null {
  if (!record.final || record.deletedAt !== null) return null;
  const { keyUntil } = record.fields;
  const keptUntil = Math.max(record.at + keptMs, typeof keyUntil === 'number' ? keyUntil : 0);
  return {
    ...record,
    version: record.version + 1,
    fields: { ...only(record.fields), [keptUntilField]: keptUntil },
    snapshot: { ...record.snapshot, context: {} },
    turns: [],
    outbox: record.outbox.filter(({ n }) => n > record.sentThrough),
    deletedAt: Math.max(now, record.at),
  };
}

/** The deleted record once everything beside it was removed. */
export const erased = (record: SagaRecord): SagaRecord => ({
  ...record,
  version: record.version + 1,
  fields: { ...record.fields, [erasedField]: true },
});

const only = (fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([name]) => fieldsKept.includes(name)));
