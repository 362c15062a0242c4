// What was published of each record, and when the store learns of it. The next turn of the record usually carries the mark
// in its own commit; only a record that rests is marked by a write of its own. Bounded; nothing here is the only copy.
import { wordsOf } from '#actors/failure.ts';
import type { Cancel, Clock } from '#src/ports/clock.ts';
import type { Logger } from '#src/ports/logger.ts';
import type { RecordRef, Records } from '#src/ports/records.ts';

export interface SentRows {
  /** The last row known to be on the bus; 0 when nothing is known. */
  through(ref: RecordRef): number;
  /** Rows up to this one are on the bus. */
  published(ref: RecordRef, row: number): void;
  /** The store knows of rows up to this one, by a commit. */
  committed(ref: RecordRef, row: number): void;
  /** Rows of this id may begin anew, or may have to be published again. */
  forget(ref: RecordRef): void;
  /** Marks now what waits to be marked. */
  flush(): Promise<void>;
}

interface Pending {
  ref: RecordRef;
  row: number;
  cancel: Cancel;
}

/** Longer than turns of a run lie apart, also where many runs share few processors; shorter than the sweep waits. */
const markAfterMs = 500;
const rememberedMax = 4_096;

export function createSentRows(ports: { clock: Clock; logger: Logger; records: Records }): SentRows {
  const rows = new Map<string, number>();
  const pending = new Map<string, Pending>();
  const marking = new Set<Promise<void>>();

  function mark(key: string): void {
    const due = pending.get(key);
    if (due === undefined) return;
    pending.delete(key);
    due.cancel();
    const { machine, id } = due.ref;
    const written = ports.records
      .mark(machine, id, due.row)
      .catch((error: unknown) =>
        ports.logger.warn({ machine, id, error: wordsOf(error) }, 'a mark is left to the sweep'),
      )
      .finally(() => marking.delete(written));
    marking.add(written);
  }

  function remember(key: string, row: number): void {
    rows.delete(key);
    rows.set(key, row);
    const [oldest] = rows.keys();
    if (rows.size > rememberedMax && oldest !== undefined) rows.delete(oldest);
  }

  return {
    through: (ref) => rows.get(keyOf(ref)) ?? 0,
    published({ machine, id }, row) {
      const key = keyOf({ machine, id });
      remember(key, row);
      const cancel = pending.get(key)?.cancel ?? ports.clock.after(markAfterMs, () => mark(key));
      pending.set(key, { ref: { machine, id }, row, cancel });
    },
    committed(ref, row) {
      const due = pending.get(keyOf(ref));
      if (due === undefined || due.row > row) return;
      due.cancel();
      pending.delete(keyOf(ref));
    },
    forget: (ref) => void rows.delete(keyOf(ref)),
    async flush() {
      for (const key of [...pending.keys()]) mark(key);
      await Promise.all(marking);
    },
  };
}

const keyOf = ({ machine, id }: RecordRef): string => `${machine}/${id}`;
