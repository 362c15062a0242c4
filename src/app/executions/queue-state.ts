// The whole queue as an admin sees it: read anew at each question, from the records.
import { type Priority, priorities } from '#src/domain/execution.ts';
import type { AdmissionView } from '../admission.ts';
import type { ExecutionDeps } from './dependencies.ts';
import { readQueue } from './queue-places.ts';

export interface QueueState extends AdmissionView {
  waiting: {
    total: number;
    users: number;
    byPriority: Record<Priority, number>;
    oldest: { executionId: string; userId: string; priority: Priority; queuedAt: number } | null;
  };
  /** Slots that are held, and by how many users. */
  running: { total: number; users: number };
  concurrent: number;
  concurrentPerUser: number;
}

export async function readQueueState({
  ports,
  policy,
  quotas,
  admission,
}: ExecutionDeps): Promise<QueueState> {
  const [view, { entries, heldByUser }, everybody] = await Promise.all([
    admission.read(),
    readQueue(ports.records),
    quotas.inEffect(null),
  ]);
  const counts = priorities.map(
    (priority) => [priority, entries.filter((entry) => entry.priority === priority).length] as const,
  );
  const [oldest] = entries.toSorted((a, b) => a.queuedAt - b.queuedAt);
  const held = [...heldByUser.values()];
  return {
    ...view,
    waiting: {
      total: entries.length,
      users: new Set(entries.map(({ userId }) => userId)).size,
      byPriority: Object.fromEntries(counts) as Record<Priority, number>,
      oldest:
        oldest === undefined
          ? null
          : {
              executionId: oldest.id,
              userId: oldest.userId,
              priority: oldest.priority,
              queuedAt: oldest.queuedAt,
            },
    },
    running: {
      total: held.reduce((sum, count) => sum + count, 0),
      users: held.filter((count) => count > 0).length,
    },
    concurrent: policy().concurrentMax,
    concurrentPerUser: everybody.concurrent,
  };
}
