// What retention takes away and what it leaves, on the embedded engines and a clock that passes when a test says so.
import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { type Placement, placementsOf, placementsSpec } from '#actors/placements.ts';
import { eventsBefore, retention } from '#actors/saga-orchestrator/retention.ts';
import { attemptKey } from '#src/domain/ids.ts';
import { inputsCollection } from '#src/domain/run-collections.ts';
import { type EmbeddedStage, embeddedStage } from './embedded-stage.ts';
import { acceptance, message } from './runs.ts';
import { settings } from './settings.ts';

const hour = 3_600_000;
const day = 24 * hour;
const began = 1_800_000_000_000;

let clock: EmbeddedStage['clock'];
let logger: EmbeddedStage['logger'];
let engines: EmbeddedStage['engines'];
let ports: EmbeddedStage['ports'];
let kernel: EmbeddedStage['kernel'];
let close: EmbeddedStage['close'];
beforeEach(async () => {
  ({ clock, logger, engines, ports, kernel, close } = await embeddedStage());
});
afterEach(() => close());

/** Passes time a step at a time, so that what is written in between is done in between. */
async function pass(ms: number, stepMs = ms): Promise<void> {
  for (let passed = 0; passed < ms; passed += stepMs) {
    await clock.advance(stepMs);
    for (let turn = 0; turn < 20; turn += 1) {
      // Answered after every write that was asked for before it.
      await engines.documents.collection({ name: 'barrier', indexes: [] }).insert('one', {});
      await new Promise((resume) => setImmediate(resume));
    }
  }
}

/** With the child at work, from its start to its end. */
async function keeping(
  body: () => Promise<void>,
  more: Partial<typeof settings.retention> = {},
): Promise<void> {
  const stop = new AbortController();
  const kept = { ...settings, retention: { runsMs: null, eventsMs: 30 * day, ...more } };
  const running = retention(ports, kept, kernel).run({ signal: stop.signal, ready: () => undefined });
  try {
    await body();
  } finally {
    stop.abort();
    await running;
  }
}

/** Ids of what is on the bus, as a group hears it that is new. */
async function onBus(group: string): Promise<string[]> {
  const seen: string[] = [];
  const topics = ['pod_overdue', 'execution_accepted'] as const;
  const listening = await engines.bus.subscribe({
    group,
    topics,
    handle: async ({ id }) => void seen.push(id),
  });
  while ((await listening.lag()) > 0) await new Promise((resume) => setImmediate(resume));
  await listening.close();
  return seen;
}

const overdue = (id: string) =>
  engines.bus.publish([
    message('pod_overdue', 'run-1', { execution_id: 'run-1', attempt: 1 }, { id, at: clock.now() }),
  ]);

/** Before it was admitted, so that nothing else has to be waited for. */
async function end(id: string): Promise<void> {
  await kernel.send('execution', id, 'cancel', { type: 'CANCEL_REQUESTED', by: 'user-1', reason: 'no need' });
  await kernel.send('execution', id, 'failed', { type: 'RESULT_FAILED', attempt: 1, words: 'nothing there' });
  await kernel.settled();
  expect((await engines.records.load('execution', id))?.final).toBe(true);
}

async function deletedRuns(): Promise<string[]> {
  const where = { deletedAt: { exists: true } };
  const { rows } = await engines.records.find('execution', { where, limit: 500 });
  return rows.map(({ id }) => id).sort();
}

describe('events', () => {
  test('go when they are older than is wanted, after the first look', async () => {
    await overdue('old');
    await pass(30 * day);
    await overdue('young');
    await keeping(async () => {
      await pass(30_000);
      expect(await onBus('early')).toEqual(['old', 'young']);
      await pass(60_000);
    });
    expect(await onBus('late')).toEqual(['young']);
    expect(logger.lines.filter(({ message: words }) => words === 'retention')).toEqual([
      {
        level: 'info',
        message: 'retention',
        fields: { runs: 0, letters: 0, events: 1, placements: 0, inputs: 0 },
      },
    ]);
  });

  test('stay while a group has not acknowledged them', async () => {
    const away = () =>
      engines.bus.subscribe({ group: 'away', topics: ['pod_overdue'], handle: async () => undefined });
    await (await away()).close();
    await overdue('old');
    await pass(40 * day);
    await keeping(() => pass(2 * hour, hour));
    expect(await onBus('other')).toEqual(['old']);
    const back = await away();
    while ((await back.lag()) > 0) await new Promise((resume) => setImmediate(resume));
    await back.close();
    await keeping(() => pass(2 * hour, hour));
    expect(await onBus('late')).toEqual([]);
  });

  test('stay while anything is unfinished that is older than they are', async () => {
    await overdue('before');
    await pass(1_000);
    await kernel.start(acceptance('run-1'));
    await kernel.settled();
    await overdue('after');
    await pass(40 * day);
    expect(await eventsBefore(ports, 30 * day)).toBe(began + 1_000);
    await keeping(() => pass(2 * hour, hour));
    expect(await onBus('meanwhile')).toEqual([expect.stringContaining('run-1'), 'after']);

    await end('run-1');
    expect(await eventsBefore(ports, 30 * day)).toBe(clock.now() - 30 * day);
    await keeping(() => pass(2 * hour, hour));
    expect(await onBus('late')).toEqual([]);
  });
});

describe('runs', () => {
  test('go so long after their end, whenever they began; without a number they stay', async () => {
    for (const id of ['old', 'waits', 'young']) await kernel.start(acceptance(id));
    await end('old');
    await pass(3 * day);
    await end('young');
    await keeping(() => pass(2 * hour, hour));
    expect(await deletedRuns()).toEqual([]);
    await keeping(() => pass(2 * hour, hour), { runsMs: 2 * day });
    expect(await deletedRuns()).toEqual(['old']);
    await keeping(() => pass(3 * day, hour), { runsMs: 2 * day });
    expect(await deletedRuns()).toEqual(['old', 'young']);
    expect((await engines.records.load('execution', 'waits'))?.state).toBe('queued');
  });

  test('go all, however many there are', async () => {
    const ids = Array.from({ length: 120 }, (_, index) => `run-${index}`);
    for (const id of ids) await kernel.start(acceptance(id));
    for (const id of ids) await end(id);
    await pass(2 * day);
    await keeping(() => pass(2 * hour, hour), { runsMs: day });
    expect(await deletedRuns()).toEqual(ids.sort());
  });
});

describe('dead letters', () => {
  test('that are closed go with their run, those of no run after the time of events', async () => {
    await kernel.start(acceptance('here'));
    const keys = { 'of here': 'here', 'of nobody': 'nobody', young: 'nobody', open: 'nobody' };
    for (const [id, key] of Object.entries(keys)) {
      if (id === 'young') await pass(20 * day);
      await kernel.start({ machine: 'dead-letter', id, cause: id, input: letterInput(id, key) });
      if (id === 'open') continue;
      await kernel.send('dead-letter', id, `${id}/discard`, {
        type: 'DISCARD_REQUESTED',
        by: 'admin',
        reason: 'no',
      });
      expect((await engines.records.load('dead-letter', id))?.final).toBe(true);
    }
    await pass(15 * day);
    await keeping(() => pass(2 * hour, hour));
    const letters = await engines.records.find('dead-letter', { where: { deletedAt: { exists: true } } });
    expect(letters.rows.map(({ id }) => id)).toEqual(['of nobody']);
  });

  const letterInput = (letterId: string, key: string) => ({
    letterId,
    topic: 'pod_overdue',
    eventType: 'pod_overdue',
    key,
    group: 'a group',
    producer: 'a producer',
    message: {},
    error: 'Error: broken',
    tries: 3,
    failedAt: clock.now(),
    redrives: 0,
  });
});

describe('placements', () => {
  const placement = (execution: string, more: Partial<Placement>): Placement => ({
    execution,
    attempt: 1,
    podName: null,
    podUid: null,
    owner: null,
    runtime: null,
    placedAt: clock.now(),
    state: 'gone',
    confirmed: true,
    drained: true,
    deletedAt: clock.now(),
    force: false,
    graceMs: 0,
    ...more,
  });

  test('that are gone go with their run, a day later, and no others', async () => {
    await kernel.start(acceptance('kept'));
    await end('kept');
    const placements = placementsOf(ports);
    const ids = ['kept', 'nobody', 'deleted', ...Array.from({ length: 450 }, (_, index) => `many-${index}`)];
    for (const id of ids) {
      const state = id === 'deleted' ? 'deleted' : 'gone';
      await placements.insert(placement(id, { state }));
    }
    await pass(12 * hour);
    await placements.insert(placement('young', {}));
    await pass(13 * hour);
    await keeping(() => pass(2 * hour, hour));
    const left = await ports.documents.collection<Placement>(placementsSpec).find({ limit: 500 });
    expect(left.rows.map(({ id }) => id).sort()).toEqual(
      ['deleted', 'kept', 'young'].map((id) => attemptKey(id, 1)).sort(),
    );
  });
});

describe('inputs', () => {
  test('that no record came for go after a while, with what was to be typed, and no others', async () => {
    const inputs = ports.documents.collection<object>(inputsCollection);
    await kernel.start(acceptance('accepted'));
    for (const id of ['accepted', 'left', 'late']) {
      await inputs.insert(id, { script: 'print(1)' });
      await ports.outputLog.appendInput(id, 1, { key: 'given', data: Buffer.from('x'), end: true });
    }
    const ids = async () => (await inputs.find({})).rows.map(({ id }) => id).sort();
    await keeping(async () => {
      await pass(60_000);
      expect(await ids()).toEqual(['accepted', 'late', 'left']);
      await kernel.start(acceptance('late'));
      await pass(2 * hour, hour);
    });
    expect(await ids()).toEqual(['accepted', 'late']);
    const typed = await Promise.all(['accepted', 'left'].map((id) => ports.outputLog.readInput(id, 1, 0)));
    expect(typed.map(({ length }) => length)).toEqual([1, 0]);
  });
});

describe('ownership', () => {
  test('who does not hold the lease takes nothing away', async () => {
    await overdue('old');
    await pass(40 * day);
    await engines.leases.acquire('retention', 'another process', 10 * day);
    await keeping(() => pass(2 * day, hour));
    expect(await onBus('late')).toEqual(['old']);
    await engines.leases.release('retention', 'another process');
    await keeping(() => pass(2 * hour, hour));
    expect(await onBus('later')).toEqual([]);
  });
});
