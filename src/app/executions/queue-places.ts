// Where a waiting run stands. The queue is read at most twice a second, however many people watch it.
import { contextOf } from '#machines/execution/describe.ts';
import { type Queue, type QueueEntry, queuePosition } from '#src/domain/queue.ts';
import type { SagaRecord } from '#src/domain/saga-record.ts';
import type { Clock } from '#src/ports/clock.ts';
import type { Filter } from '#src/ports/filter.ts';
import type { Records } from '#src/ports/records.ts';
import { shortLived } from '../short-lived.ts';
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

export function createQueuePlaces(
  ports: { clock: Clock; records: Records },
  policy: () => RunPolicy,
): QueuePlaces {
  const looks = shortLived<Waiting>(ports.clock);
  return {
    async of(record) {
      if (record.state !== 'queued') return null;
      const { entries, heldByUser } = await looks.get('queue', () => readQueue(ports.records));
      const { concurrentMax, concurrentPerUserMax } = policy();
      const own = entryOf(record);
      // The queue may have been read before this run came.
      const all = entries.some(({ id }) => id === own.id) ? entries : [...entries, own];
      const limits = { concurrentMax, concurrentPerUserMax };
      const position = queuePosition({ entries: all, heldByUser, limits }, own.id, ports.clock.now()) ?? 1;
      return { position, ahead: position - 1, limit: concurrentMax };
    },
  };
}

type Waiting = Omit<Queue, 'limits'>;

async function readQueue(records: Records): Promise<Waiting> {
  const entries = (await all(records, { state: 'queued', quarantined: false })).map(entryOf);
  const heldByUser = new Map<string, number>();
  for (const { snapshot } of await all(records, { heldCount: { gt: 0 } })) {
    const { userId, held } = contextOf(snapshot);
    heldByUser.set(userId, (heldByUser.get(userId) ?? 0) + held.length);
  }
  return { entries, heldByUser };
}

async function all(records: Records, where: Filter): Promise<SagaRecord[]> {
  const found: SagaRecord[] = [];
  for (let after: string | null = null; ; ) {
    const page = await records.find(machineName, {
      where,
      limit: pageRows,
      ...(after !== null && { after }),
    });
    found.push(...page.rows);
    if (page.next === null) return found;
    after = page.next;
  }
}

function entryOf({ id, snapshot }: SagaRecord): QueueEntry {
  const { userId, priority, queuedAt, attempt } = contextOf(snapshot);
  return { id, userId, priority, queuedAt, attempt };
}
