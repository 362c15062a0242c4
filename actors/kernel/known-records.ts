// Records as this process committed them last, so that the next turn need not read first what the one before has written. Only
// a commit may follow from one, since that names the version that it replaces; all else is decided on what the store says.
import type { SagaRecord } from '#src/domain/saga-record.ts';
import type { RecordRef } from '#src/ports/records.ts';

export interface KnownRecords {
  /** Forgets and answers it: what a commit has become of is not known before its answer. */
  take(ref: RecordRef): SagaRecord | null;
  committed(record: SagaRecord): void;
}

/** Each takes some tens of kilobytes. */
const knownMax = 256;

export function createKnownRecords(): KnownRecords {
  const known = new Map<string, SagaRecord>();
  return {
    take(ref) {
      const record = known.get(keyOf(ref)) ?? null;
      known.delete(keyOf(ref));
      return record;
    },
    committed(record) {
      const key = keyOf(record);
      known.delete(key);
      // Nothing follows an end, the id of what was removed may begin anew, and what was set aside may be mended by hand.
      if (record.final || record.deletedAt !== null || record.quarantine !== null) return;
      known.set(key, record);
      const [oldest] = known.keys();
      if (known.size > knownMax && oldest !== undefined) known.delete(oldest);
    },
  };
}

const keyOf = ({ machine, id }: RecordRef): string => `${machine}/${id}`;
