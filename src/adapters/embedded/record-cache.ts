// Records as they are committed, so that a turn neither reads nor parses what the one before has just written. Exact, because
// one process writes: a write takes the entry out when it runs, and only its commit puts one back. Whoever is answered one
// shares it, and must not change it.
import type { SagaRecord } from '#src/domain/saga-record.ts';
import type { RecordRef } from '#src/ports/records.ts';
import type { StoredRow } from './record-row.ts';

export interface CachedRecord {
  record: SagaRecord;
  stored: StoredRow;
  /** Length of its JSON. */
  size: number;
}

export interface RecordCache {
  get(ref: RecordRef): CachedRecord | null;
  /** As `get`, without taking it for more recently used. */
  peek(ref: RecordRef): CachedRecord | null;
  /** Forgets and answers it: what is being written is not known until its commit. */
  take(ref: RecordRef): CachedRecord | null;
  put(cached: CachedRecord): void;
}

/** Of JSON; the records themselves take some times as much. */
const sizeMax = 2 * 1_048_576;

export function recordCache(): RecordCache {
  const known = new Map<string, CachedRecord>();
  let size = 0;

  function take(ref: RecordRef): CachedRecord | null {
    const key = keyOf(ref);
    const cached = known.get(key);
    if (cached === undefined) return null;
    known.delete(key);
    size -= cached.size;
    return cached;
  }

  /** The least recently used goes first. */
  function get(ref: RecordRef): CachedRecord | null {
    const key = keyOf(ref);
    const cached = known.get(key);
    if (cached === undefined) return null;
    known.delete(key);
    known.set(key, cached);
    return cached;
  }

  function put(cached: CachedRecord): void {
    take(cached.record);
    known.set(keyOf(cached.record), cached);
    size += cached.size;
    for (const oldest of known.values()) {
      if (size <= sizeMax) return;
      take(oldest.record);
    }
  }

  return {
    get,
    peek: (ref) => known.get(keyOf(ref)) ?? null,
    take,
    put,
  };
}

const keyOf = ({ machine, id }: RecordRef): string => `${machine}/${id}`;
