// What a restored store forgets, and what it keeps: orders are dropped, facts are told, nothing is held.
import { expect, test } from 'bun:test';
import { placementsOf } from '#actors/placements.ts';
import { step } from '#machines/step.ts';
import { systemClock } from '#src/adapters/system/clock.ts';
import type { DomainEvent, EventType } from '#src/domain/events.ts';
import type { SagaRecord } from '#src/domain/saga-record.ts';
import { endUnfinished } from '#src/end-unfinished.ts';
import { type Opened, withEngines } from '#tests/adapters/embedded/opened.ts';
import { sampleRow } from '#tests/contract/sample-record.ts';
import {
  dataRemoved,
  asksAgain as deadlineOfRemoval,
  removal,
  runsCounted,
} from '#tests/machines/account-removal-events.ts';
import {
  asksAgain,
  discardRequested,
  letter,
  policyChosen,
  retryRequested,
} from '#tests/machines/dead-letter-events.ts';
import {
  admitted,
  podCreated,
  podDeleted,
  podExited,
  podRunning,
  resultSealed,
} from '#tests/machines/execution-events.ts';
import { accepted, deliver, given, givenRecord } from '#tests/machines/given.ts';

const running = [admitted(), podCreated(), podRunning()];

const named = (record: SagaRecord, id: string, parts: Partial<SagaRecord> = {}): SagaRecord => {
  const context = { ...record.snapshot.context, executionId: id };
  return { ...record, id, version: 1, snapshot: { ...record.snapshot, context }, ...parts };
};

const event = (id: string, type: EventType): DomainEvent =>
  ({
    id,
    type,
    at: 1,
    key: 'run',
    payload: {},
    metadata: { service: 's', serviceVersion: '1' },
  }) as unknown as DomainEvent;

const topics: EventType[] = [
  'create_pod_command',
  'execution_completed',
  'saga_turns_archived',
  'dlq_message_received',
  'user_deleted',
];
const groups = ['k8s-worker', 'run-events', 'saga-orchestrator'];

/** What each group still hears of the topics, after the given events were published while nobody listened. */
async function heard({ engines }: Opened, expected: number): Promise<string[]> {
  const all: string[] = [];
  const complete = Promise.withResolvers<void>();
  const subscribed = await Promise.all(
    groups.map((group) =>
      engines.bus.subscribe({
        group,
        topics,
        handle: async ({ id }) => {
          if (all.push(`${group} ${id}`) === expected) complete.resolve();
        },
      }),
    ),
  );
  await complete.promise;
  for (const one of subscribed) await one.close();
  return all.sort();
}

test(
  'every unfinished record ends, gives its slot back and has no unsent order; what was final is not touched',
  withEngines(async (opened) => {
    const { records } = opened.engines;
    const done = named(given(...running, podExited(), resultSealed(), podDeleted()).record, 'done', {
      outbox: [],
    });
    await records.insert(done);
    await records.insert(named(accepted(), 'queued'));
    await records.insert(named(given(...running).record, 'running'));
    expect(await records.held('slot:')).toEqual(['slot:1']);

    const result = await endUnfinished(opened.engines, systemClock());
    expect(result.runs).toBe(2);
    expect(await records.held('slot:')).toEqual([]);
    expect(await records.load('execution', 'done')).toEqual(done);
    for (const id of ['queued', 'running']) {
      const record = await records.load('execution', id);
      expect(record).toMatchObject({ final: true, nextDeadline: null, fields: { reason: 'lost' } });
      expect(record?.outbox.map(({ type }) => type)).not.toContain('create_pod_command');
      expect(record?.outbox.map(({ type }) => type)).toContain('execution_failed');
      expect((await opened.engines.outputLog.read(id, 1, 0)).seal).toEqual({ last: -1 });
    }
    expect((await endUnfinished(opened.engines, systemClock())).runs).toBe(0);
  }),
);

test(
  'an ended record is one that the machine can read: every event leaves it as it is',
  withEngines(async (opened) => {
    await opened.engines.records.insert(named(given(...running).record, 'running'));
    await endUnfinished(opened.engines, systemClock());
    const record = await opened.engines.records.load('execution', 'running');
    if (record === null) throw new Error('the record is gone');
    for (const late of [podExited(), podDeleted(), resultSealed()]) {
      expect(step(record, { cause: 'late', event: late }, record.at).kind).toBe('unchanged');
    }
  }),
);

test(
  'a dead letter is no run: it goes on as it was, and asks again for what was dropped',
  withEngines(async (opened) => {
    const { records } = opened.engines;
    const letters = {
      manual: givenRecord(letter(), policyChosen()).record,
      retrying: givenRecord(letter(), policyChosen(), retryRequested()).record,
      discarded: givenRecord(letter(), discardRequested()).record,
    };
    for (const [id, record] of Object.entries(letters)) await records.insert({ ...record, id, version: 1 });
    const { runs } = await endUnfinished(opened.engines, systemClock());
    expect(runs).toBe(0);
    expect(await records.unsent(Number.MAX_SAFE_INTEGER, 10)).toEqual([]);
    for (const [id, { state, snapshot, nextDeadline }] of Object.entries(letters))
      expect(await records.load('dead-letter', id)).toMatchObject({ state, snapshot, nextDeadline });
    const kept = await records.load('dead-letter', 'retrying');
    if (kept === null) throw new Error('the letter is gone');
    expect(deliver(kept, asksAgain(), kept.nextDeadline ?? 0).effects).toEqual(['redrive_message_command']);
  }),
);

test(
  'undelivered orders are dropped, and only what records history is still heard',
  withEngines(async (opened) => {
    const { bus } = opened.engines;
    // Known groups, which have acknowledged nothing.
    for (const group of groups)
      await (await bus.subscribe({ group, topics, handle: async () => undefined })).close();
    await bus.publish([event('e1', 'create_pod_command'), event('e2', 'execution_completed')]);
    await bus.publish([event('e3', 'saga_turns_archived'), event('e5', 'dlq_message_received')]);
    const { events } = await endUnfinished(opened.engines, systemClock());
    expect(events).toBe(2);
    await bus.publish([event('e4', 'create_pod_command')]);
    const facts = ['e3', 'e4', 'e5'];
    expect(await heard(opened, 11)).toEqual([
      ...facts.map((id) => `k8s-worker ${id}`),
      'run-events e1',
      'run-events e2',
      ...facts.map((id) => `run-events ${id}`),
      ...facts.map((id) => `saga-orchestrator ${id}`),
    ]);
  }),
);

test(
  'turns on their way to the archive are not lost with the orders beside them',
  withEngines(async (opened) => {
    const { records, bus } = opened.engines;
    const archive = { ...sampleRow(1, 5), id: 'archived', type: 'saga_turns_archived' as const };
    const outbox = [archive, sampleRow(2, 5), sampleRow(3, 5)];
    const done = given(...running, podExited(), resultSealed(), podDeleted()).record;
    await records.insert(named(done, 'done', { outbox, nextRow: 4, sentThrough: 0 }));
    for (const group of groups)
      await (await bus.subscribe({ group, topics, handle: async () => undefined })).close();
    expect((await endUnfinished(opened.engines, systemClock())).rows).toBe(2);
    expect(await records.unsent(Number.MAX_SAFE_INTEGER, 10)).toEqual([]);
    expect(await heard(opened, 3)).toEqual(groups.map((group) => `${group} archived`));
  }),
);

test(
  'that an account is gone is told, by the record that will not say it again',
  withEngines(async (opened) => {
    const { records, bus } = opened.engines;
    const outbox = [
      { ...sampleRow(1, 5), id: 'gone', type: 'user_deleted' as const },
      { ...sampleRow(2, 5), id: 'order', type: 'remove_account_command' as const },
    ];
    await records.insert({ ...removal(), final: true, outbox, nextRow: 3, sentThrough: 0 });
    for (const group of groups)
      await (await bus.subscribe({ group, topics, handle: async () => undefined })).close();
    expect((await endUnfinished(opened.engines, systemClock())).rows).toBe(1);
    expect(await records.unsent(Number.MAX_SAFE_INTEGER, 10)).toEqual([]);
    expect(await heard(opened, groups.length)).toEqual(groups.map((group) => `${group} gone`));
  }),
);

test(
  'a document’s unsent events are dropped, and every sandbox counts as gone',
  withEngines(async (opened) => {
    const { documents } = opened.engines;
    const things = documents.collection<{ a: number }>({ name: 'things', indexes: [] });
    await things.insert('a', { a: 1 }, { outbox: [event('e1', 'execution_completed')] });
    const placements = placementsOf(opened.engines);
    const blank = { podUid: null, owner: null, runtime: null, placedAt: 1, confirmed: true, drained: false };
    const placed = { ...blank, deletedAt: null, force: false, graceMs: 0, state: 'placed' as const };
    for (const execution of ['one', 'two']) {
      await placements.insert({ ...placed, execution, attempt: 1, podName: `pod-${execution}` });
    }
    await placements.markDeleted({ execution: 'two', attempt: 1, force: false, graceMs: 1, at: 2 });
    expect(await endUnfinished(opened.engines, systemClock())).toEqual({
      runs: 0,
      rows: 1,
      events: 0,
      placements: 2,
    });
    expect(await documents.unsent(Number.MAX_SAFE_INTEGER, 10)).toEqual([]);
    for (const execution of ['one', 'two']) expect((await placements.get(execution, 1))?.state).toBe('gone');
  }),
);

test(
  'a removal of an account goes on: its order is dropped, and its deadline asks for it again',
  withEngines(async (opened) => {
    const { records } = opened.engines;
    const begun = { ...givenRecord(removal(), runsCounted(1)).record, version: 1 };
    await records.insert(begun);
    const result = await endUnfinished(opened.engines, systemClock());
    expect(result).toMatchObject({ runs: 0, rows: begun.outbox.length });
    const kept = await records.load('account-removal', begun.id);
    expect(kept).toEqual({ ...begun, sentThrough: begun.nextRow - 1 });
    const again = givenRecord(kept ?? begun, deadlineOfRemoval());
    expect(again.record.outbox.map(({ type }) => type)).toEqual(['remove_account_command']);
    expect(again.when(dataRemoved(3)).record.state).toBe('removed');
  }),
);
