// Where a waiting run stands. One look serves everybody who watches, and the more a look costs, the longer it serves.
import { contextOf } from '#machines/execution/describe.ts';
import { admissionOrder, type QueueEntry } from '#src/domain/queue.ts';
import type { SagaRecord } from '#src/domain/saga-record.ts';
import type { Clock } from '#src/ports/clock.ts';
import type { Filter } from '#src/ports/filter.ts';
import type { Records } from '#src/ports/records.ts';
import type { RunPolicy } from './policy.ts';
import { machineName } from './stored.ts';

export interface QueuePlace {
  position: number;
  ahead: number;
  /** How many run at the same time. */
  limit: number;
}

export interface QueuePlaces {
  /** Null for a run that does not wait. */
  of(record: SagaRecord): Promise<QueuePlace | null>;
}

const pageRows = 500;
const servesMinMs = 500;
const servesMaxMs = 10_000;
/** A look may take so small a part of the time. */
const shareOfTime = 1 / 20;

/** By run, from 1 for the next to be admitted. */
type Positions = ReadonlyMap<string, number>;

export function createQueuePlaces(
  ports: { clock: Clock; records: Records },
  policy: () => RunPolicy,
): QueuePlaces {
  const { clock, records } = ports;
  let last: { until: number; positions: Promise<Positions> } | null = null;

  function positions(): Promise<Positions> {
    const began = clock.monotonic();
    if (last !== null && last.until > began) return last.positions;
    const look = {
      until: Number.POSITIVE_INFINITY,
      positions: readPositions(records, policy(), clock.now()),
    };
    last = look;
    look.positions.then(
      () => {
        const now = clock.monotonic();
        look.until = now + Math.min(servesMaxMs, Math.max(servesMinMs, (now - began) / shareOfTime));
      },
      () => {
        if (last === look) last = null;
      },
    );
    return look.positions;
  }

  return {
    async of({ id, state }) {
      if (state !== 'queued') return null;
      const all = await positions();
      // The queue may have been read before this run came.
      const position = all.get(id) ?? all.size + 1;
      return { position, ahead: position - 1, limit: policy().concurrentMax };
    },
  };
}

async function readPositions(records: Records, policy: RunPolicy, now: number): Promise<Positions> {
  const entries: QueueEntry[] = [];
  for await (const record of all(records, { state: 'queued', quarantined: false }))
    entries.push(entryOf(record));
  const heldByUser = new Map<string, number>();
  for await (const { snapshot } of all(records, { heldCount: { gt: 0 } })) {
    const { userId, held } = contextOf(snapshot);
    heldByUser.set(userId, (heldByUser.get(userId) ?? 0) + held.length);
  }
  const { concurrentMax, concurrentPerUserMax } = policy;
  const limits = { concurrentMax, concurrentPerUserMax, concurrentByUser: new Map() };
  return new Map(
    admissionOrder({ entries, heldByUser, limits }, now).map(({ id }, index) => [id, index + 1]),
  );
}

async function* all(records: Records, where: Filter): AsyncGenerator<SagaRecord> {
  for (let after: string | null = null; ; ) {
    const page = await records.find(machineName, {
      where,
      limit: pageRows,
      ...(after !== null && { after }),
    });
    yield* page.rows;
    if (page.next === null) return;
    after = page.next;
  }
}

function entryOf({ id, snapshot }: SagaRecord): QueueEntry {
  const { userId, priority, createdAt, queuedAt, attempt } = contextOf(snapshot);
  return { id, userId, priority, createdAt, queuedAt, attempt };
}
