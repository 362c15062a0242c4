// Where a waiting run stands. One look serves everybody who watches, and the more a look costs, the longer it serves.
import { contextOf } from '#machines/execution/describe.ts';
import { admissionOrder, type Queue, type QueueEntry } from '#src/domain/queue.ts';
import type { SagaRecord } from '#src/domain/saga-record.ts';
import type { Clock } from '#src/ports/clock.ts';
import type { Filter } from '#src/ports/filter.ts';
import { everyRow } from '#src/ports/paging.ts';
import type { Records } from '#src/ports/records.ts';
import type { Admission } from '../admission.ts';
import { costly } from '../costly.ts';
import type { QuotaBook } from '../quotas.ts';
import type { RunPolicy } from './policy.ts';
import { machineName } from './stored.ts';

export interface QueuePlace {
  position: number;
  ahead: number;
  /** How many run at the same time. */
  limit: number;
  /** Nobody is admitted until an admin resumes it. */
  paused: boolean;
}

export interface QueuePlaces {
  /** Null for a run that does not wait. */
  of(record: SagaRecord): Promise<QueuePlace | null>;
}

const pageRows = 500;
/** By run, from 1 for the next to be admitted. */
type Positions = ReadonlyMap<string, number>;

export interface QueuePlacesDeps {
  ports: { clock: Clock; records: Records };
  policy(): RunPolicy;
  quotas: Pick<QuotaBook, 'inEffect' | 'concurrentByUser'>;
  admission: Pick<Admission, 'isPaused'>;
}

export function createQueuePlaces(deps: QueuePlacesDeps): QueuePlaces {
  const { policy, admission } = deps;
  const looks = costly<Positions>(deps.ports.clock);
  const positions = () => looks.get('all', () => readPositions(deps));

  return {
    async of({ id, state }) {
      if (state !== 'queued') return null;
      const [all, paused] = await Promise.all([positions(), admission.isPaused()]);
      // The queue may have been read before this run came.
      const position = all.get(id) ?? all.size + 1;
      return { position, ahead: position - 1, limit: policy().concurrentMax, paused };
    },
  };
}

async function readPositions({ ports, policy, quotas }: QueuePlacesDeps): Promise<Positions> {
  const [queue, everybody, concurrentByUser] = await Promise.all([
    readQueue(ports.records),
    quotas.inEffect(null),
    quotas.concurrentByUser(),
  ]);
  const { concurrentMax } = policy();
  const limits = { concurrentMax, concurrentPerUserMax: everybody.concurrent, concurrentByUser };
  const order = admissionOrder({ ...queue, limits }, ports.clock.now());
  return new Map(order.map(({ id }, index) => [id, index + 1]));
}

/** All that wait, and the slots that each user holds. */
export async function readQueue(records: Records): Promise<Pick<Queue, 'entries' | 'heldByUser'>> {
  const entries: QueueEntry[] = [];
  for await (const record of all(records, { state: 'queued', quarantined: false }))
    entries.push(entryOf(record));
  const heldByUser = new Map<string, number>();
  for await (const { snapshot } of all(records, { heldCount: { gt: 0 } })) {
    const { userId, held } = contextOf(snapshot);
    heldByUser.set(userId, (heldByUser.get(userId) ?? 0) + held.length);
  }
  return { entries, heldByUser };
}

const all = (records: Records, where: Filter): AsyncGenerator<SagaRecord> =>
  everyRow((query) => records.find(machineName, query), { where, limit: pageRows });

function entryOf({ id, snapshot }: SagaRecord): QueueEntry {
  const { userId, priority, createdAt, queuedAt, attempt } = contextOf(snapshot);
  return { id, userId, priority, createdAt, queuedAt, attempt };
}
