// The installation's admission document: whether admission is paused, and when it was closed. People write `paused`,
// the scheduler the rest; written only when it tells something new.
import { type AdmissionState, admissionCollection, admissionId } from '#src/domain/fleet.ts';
import type { QueueEntry } from '#src/domain/queue.ts';
import type { Clock } from '#src/ports/clock.ts';
import type { Documents } from '#src/ports/documents.ts';
import { afterLook, expired, openAdmission } from './admission.ts';

export interface AdmissionLog {
  /** To be called at each regular look, with those who wait. */
  look(waiting: Iterable<QueueEntry>): Promise<void>;
  paused(): boolean;
  /** Who has waited for too long while admission was open. */
  expired(waiting: Iterable<QueueEntry>, timeoutMs: number): QueueEntry[];
}

const writeEveryMs = 5_000;

export function createAdmissionLog({
  clock,
  documents,
}: {
  clock: Clock;
  documents: Documents;
}): AdmissionLog {
  const collection = documents.collection<AdmissionState>(admissionCollection);
  let state: AdmissionState | null = null;
  let writtenAt = 0;

  async function write(next: AdmissionState): Promise<void> {
    const { closures, lookedAt } = next;
    const json = closures.map(({ from, to }) => ({ from, to }));
    const changed = await collection.change(admissionId, { set: { closures: json, lookedAt } });
    if (changed.kind === 'absent') await collection.insert(admissionId, next);
    writtenAt = lookedAt;
  }

  return {
    async look(waiting) {
      const entries = [...waiting];
      const now = clock.now();
      const stored = (await collection.get(admissionId))?.body ?? openAdmission(now);
      // Looks at an empty queue are not written down, but this process remembers them.
      const lookedAt = Math.max(stored.lookedAt, state?.lookedAt ?? 0);
      const next = afterLook({ ...stored, lookedAt }, entries, now);
      const isNew = JSON.stringify(next.closures) !== JSON.stringify(stored.closures);
      if (isNew || (entries.length > 0 && now - writtenAt >= writeEveryMs)) await write(next);
      state = next;
    },
    paused: () => state !== null && state.paused !== null,
    expired: (waiting, timeoutMs) => expired(waiting, state?.closures ?? [], timeoutMs, clock.now()),
  };
}
