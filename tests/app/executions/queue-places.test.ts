// Where a waiting run stands, as people are told.
import { expect, test } from 'bun:test';
import { machineNamed } from '#machines/registry.ts';
import { startRecord } from '#machines/step.ts';
import type { RunPolicy } from '#src/app/executions/policy.ts';
import { createQueuePlaces, type QueuePlacesDeps } from '#src/app/executions/queue-places.ts';
import type { Clock } from '#src/ports/clock.ts';
import type { Records } from '#src/ports/records.ts';
import { memoryWorld } from '#tests/actors/memory-ports.ts';
import { acceptance } from '#tests/actors/runs.ts';

const policy = { concurrentMax: 3, concurrentPerUserMax: 3 } as RunPolicy;

const depsOf = (records: Records, clock: Clock, more: Partial<QueuePlacesDeps> = {}): QueuePlacesDeps => ({
  ports: { records, clock },
  policy: () => policy,
  quotas: {
    inEffect: async () => ({ concurrent: 3, queued: 9, cpuSecondsDay: 0, storageBytes: 0 }),
    concurrentByUser: async () => new Map(),
  },
  admission: { isPaused: async () => false },
  ...more,
});

function queuedRun(id: string, input: { userId: string; priority?: string }, at: number) {
  const machine = machineNamed('execution');
  if (machine === null) throw new Error('no execution machine');
  return startRecord(machine, { ...acceptance(id, input), at });
}

test('priority comes first, then age; a run that does not wait has no place', async () => {
  const { records, clock, stored } = memoryWorld();
  const places = createQueuePlaces(depsOf(records, clock));
  const runs = [
    queuedRun('old', { userId: 'a' }, 1_000_000),
    queuedRun('young', { userId: 'b' }, 1_000_001),
    queuedRun('urgent', { userId: 'c', priority: 'high' }, 1_000_002),
  ];
  for (const record of runs) stored.set(`execution/${record.id}`, record);
  const seen = await Promise.all(runs.map((record) => places.of(record)));
  expect(seen).toEqual([
    { position: 2, ahead: 1, limit: 3, paused: false },
    { position: 3, ahead: 2, limit: 3, paused: false },
    { position: 1, ahead: 0, limit: 3, paused: false },
  ]);
  const [first] = runs;
  if (first === undefined) throw new Error('no run');
  expect(await places.of({ ...first, state: 'running' })).toBeNull();
});

test('one look serves for a while, and a run that it did not see comes last', async () => {
  const { records, clock, stored, calls } = memoryWorld();
  const places = createQueuePlaces(depsOf(records, clock));
  const [early, late] = [
    queuedRun('early', { userId: 'a' }, 1_000_000),
    queuedRun('late', { userId: 'b' }, 1),
  ];
  stored.set('execution/early', early);
  expect((await places.of(early))?.position).toBe(1);
  stored.set('execution/late', late);
  expect((await places.of(late))?.position).toBe(2);
  const looks = calls.get('find');
  await clock.advance(500);
  expect((await places.of(late))?.position).toBe(1);
  expect(calls.get('find')).toBeGreaterThan(looks ?? 0);
});

test('who is over a quota of his own stands behind everybody, and a pause is told', async () => {
  const { records, clock, stored } = memoryWorld();
  const places = createQueuePlaces(
    depsOf(records, clock, {
      quotas: {
        inEffect: async () => ({ concurrent: 3, queued: 9, cpuSecondsDay: 0, storageBytes: 0 }),
        concurrentByUser: async () => new Map([['a', 1]]),
      },
      admission: { isPaused: async () => true },
    }),
  );
  const runs = [
    queuedRun('first', { userId: 'a' }, 1_000_000),
    queuedRun('second', { userId: 'a' }, 1_000_001),
    queuedRun('other', { userId: 'b' }, 1_000_002),
  ];
  for (const record of runs) stored.set(`execution/${record.id}`, record);
  const seen = await Promise.all(runs.map((record) => places.of(record)));
  expect(seen.map((place) => place?.position)).toEqual([1, 3, 2]);
  expect(seen.every((place) => place?.paused)).toBe(true);
});
