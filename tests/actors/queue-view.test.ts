// The scheduler's memory reads each waiting run a few times, however long it waits.
import { expect, test } from 'bun:test';
import { createQueueView } from '#actors/saga-orchestrator/queue-view.ts';
import type { Query } from '#src/ports/filter.ts';
import { memoryWorld } from './memory-ports.ts';

test('a look reads again only what came since the last one, and a little before', async () => {
  const { records } = memoryWorld();
  const asked: Query['where'][] = [];
  const view = createQueueView({
    ...records,
    find(machine, query) {
      asked.push(query.where);
      return records.find(machine, query);
    },
  });
  await view.rebuild(1_000);
  await view.catchUp(250, 2_000);
  await view.catchUp(250, 9_000);
  await view.rebuild(12_000);
  await view.catchUp(10_000, 13_000);
  const waits = { state: 'queued', quarantined: false };
  expect(asked).toEqual([
    waits,
    { ...waits, at: { gte: 750 } },
    { ...waits, at: { gte: 1_750 } },
    waits,
    { ...waits, at: { gte: 2_000 } },
  ]);
});
