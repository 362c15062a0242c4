// The scheduler's memory: who waits and who holds which slot. Rebuilt from the records, never the only copy.
import type { Priority } from '#src/domain/execution.ts';
import { priorities } from '#src/domain/execution.ts';
import type { QueueEntry } from '#src/domain/queue.ts';
import type { SagaRecord } from '#src/domain/saga-record.ts';
import { everyRow } from '#src/ports/paging.ts';
import type { Records } from '#src/ports/records.ts';
import { executionMachineName } from './inbox.ts';

export interface QueueView {
  waiting: Map<string, QueueEntry>;
  /** Slot number → the user who holds it; null when that could not be learnt. */
  holders: Map<number, string | null>;
  /** Reads every queued record. */
  rebuild(now: number): Promise<void>;
  /** Reads the queued records that changed since the last reading, and a little before. */
  catchUp(marginMs: number, now: number): Promise<void>;
  /** Reads which slots are held. */
  refreshSlots(): Promise<void>;
}

const pageRows = 500;
const slotPrefix = 'slot:';

export function createQueueView(records: Records): QueueView {
  const waiting = new Map<string, QueueEntry>();
  const holders = new Map<number, string | null>();
  /** When the last reading began: what waits for long is not read again and again. */
  let readAt = 0;

  async function read(since: number | null): Promise<void> {
    const where = {
      state: 'queued',
      quarantined: false,
      ...(since === null ? {} : { at: { gte: since } }),
    };
    const oldest = { where, sort: { field: 'at', direction: 'ascending' } as const, limit: pageRows };
    for await (const record of everyRow((query) => records.find(executionMachineName, query), oldest))
      note(record);
  }

  function note(record: SagaRecord): void {
    const entry = entryOf(record);
    if (entry !== null) waiting.set(entry.id, entry);
  }

  /** Only admission gives out slots, so a user once learnt stays right until the slot is free. */
  async function userOf(slot: number): Promise<string | null> {
    const ref = await records.holder(`${slotPrefix}${slot}`);
    if (ref === null) return null;
    const record = await records.load(ref.machine, ref.id);
    // The field, which is there also when the record's memory cannot be understood.
    const user = record?.fields.userId;
    return typeof user === 'string' ? user : null;
  }

  return {
    waiting,
    holders,
    async rebuild(now) {
      waiting.clear();
      await read(null);
      readAt = now;
    },
    async catchUp(marginMs, now) {
      await read(readAt - marginMs);
      readAt = now;
    },
    async refreshSlots() {
      const held = new Set(
        (await records.held(slotPrefix)).map((unique) => Number(unique.slice(slotPrefix.length))),
      );
      for (const slot of holders.keys()) if (!held.has(slot)) holders.delete(slot);
      for (const slot of held) if (!holders.get(slot)) holders.set(slot, await userOf(slot));
    },
  };
}

/** Null for a record that does not wait, or whose context is none. */
export function entryOf({ id, state, snapshot }: SagaRecord): QueueEntry | null {
  const { userId, priority, createdAt, queuedAt, attempt } = snapshot.context;
  if (state !== 'queued' || typeof userId !== 'string' || !isPriority(priority)) return null;
  if (typeof createdAt !== 'number' || typeof queuedAt !== 'number' || typeof attempt !== 'number')
    return null;
  return { id, userId, priority, createdAt, queuedAt, attempt };
}

const isPriority = (value: unknown): value is Priority => priorities.some((priority) => priority === value);
