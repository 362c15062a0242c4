// The bookkeeping of one step, and what becomes of a record that cannot be understood.
import { describe, expect, test } from 'bun:test';
import type { DurableMachine } from '#machines/durable.ts';
import { quarantineMs, released } from '#machines/quarantine.ts';
import { machineNamed } from '#machines/registry.ts';
import { startRecord, step, stepWith } from '#machines/step.ts';
import type { SagaRecord } from '#src/domain/saga-record.ts';
import {
  admitted,
  deadline,
  input,
  podCreated,
  podDeleted,
  podExited,
  podRunning,
  priorityChanged,
  resultSealed,
} from './execution-events.ts';
import { accepted, deliver, given, givenRecord, startedAt } from './given.ts';

const found = machineNamed('execution');
if (found === null) throw new Error('the execution machine is not registered');
const execution: DurableMachine = found;
const running = [admitted(), podCreated(), podRunning()];

function changed(
  record: SagaRecord,
  cause: string,
  event: Parameters<typeof deliver>[1],
  now = 0,
): SagaRecord {
  const outcome = step(record, { cause, event }, now);
  if (outcome.kind !== 'changed') throw new Error(`${event.type} is ${outcome.kind}`);
  return outcome.record;
}

/** The same record with something in its context that no version ever wrote. */
const broken = (record: SagaRecord, context: Record<string, string>): SagaRecord => ({
  ...record,
  snapshot: { ...record.snapshot, context: { ...record.snapshot.context, ...context } },
});

describe('a step', () => {
  test('takes a cause once', () => {
    const record = changed(accepted(), 'message-1', admitted());
    expect(step(record, { cause: 'message-1', event: podCreated() }, 0).kind).toBe('unchanged');
    expect(step(record, { cause: 'request-1', event: podCreated() }, 0).kind).toBe('unchanged');
    expect(step(record, { cause: 'message-2', event: podCreated() }, 0).kind).toBe('changed');
  });

  test('never goes back in time', () => {
    expect(changed(accepted(), 'a', admitted(), 5).at).toBe(startedAt);
    expect(changed(accepted(), 'a', admitted(), startedAt + 5).at).toBe(startedAt + 5);
  });

  test('names its rows by record, cause and place, so that a repetition is the same message', () => {
    const ids = changed(accepted(), 'message-1', admitted()).outbox.slice(4);
    expect(ids.map(({ id, n }) => [id, n])).toEqual([
      ['run-1/message-1/0', 5],
      ['run-1/message-1/1', 6],
    ]);
  });

  test('forgets rows that were sent', () => {
    const record = changed({ ...accepted(), sentThrough: 3 }, 'a', admitted());
    expect(record.outbox.map(({ n }) => n)).toEqual([4, 5, 6]);
  });

  test('keeps uniques and fields that the machine does not know of, to the end', () => {
    const start = { id: 'run-1', input, cause: 'request-1', at: startedAt };
    const record = startRecord(execution, {
      ...start,
      uniques: ['key:u:k'],
      fields: { digest: 'd', status: 'x' },
    });
    const end = givenRecord(record, ...running, podExited(), resultSealed(), podDeleted()).record;
    expect(givenRecord(record, admitted()).record.uniques).toEqual(['key:u:k', 'slot:1']);
    expect(end.uniques).toEqual(['key:u:k']);
    expect(end.fields).toMatchObject({ digest: 'd', status: 'completed' });
  });

  test('fires only the very arming that is due', () => {
    const record = accepted();
    const event = deadline();
    expect(step(record, { cause: 't', event, arming: 2 }, 0).kind).toBe('unchanged');
    expect(step(record, { cause: 't', event }, 0).kind).toBe('unchanged');
    const outcome = step(record, { cause: 't', event, arming: 1 }, startedAt + 60_000);
    expect(outcome).toMatchObject({
      kind: 'changed',
      record: { timers: [{ name: 'deadline', at: startedAt + 120_000, arming: 2 }] },
    });
  });

  test('disarms on leaving a state, and arms anew', () => {
    expect(changed(accepted(), 'a', admitted()).timers).toEqual([
      { name: 'deadline', at: startedAt + 15_000, arming: 2 },
    ]);
  });

  test('a further event in the same state leaves its deadline alone', () => {
    const record = changed(changed(accepted(), 'a', admitted()), 'b', podCreated());
    expect(record.timers).toEqual([{ name: 'deadline', at: startedAt + 15_000, arming: 2 }]);
  });

  test('sends old turns away in batches, and loses none', () => {
    let record = accepted();
    const away: unknown[] = [];
    for (let turn = 0; turn < 60; turn += 1) {
      record = changed(record, `m-${turn}`, priorityChanged(turn % 2 === 0 ? 'low' : 'high'));
      const rows = record.outbox.filter(
        ({ type, n }) => type === 'saga_turns_archived' && n > record.sentThrough,
      );
      for (const { payload } of rows) away.push(...(Array.isArray(payload.turns) ? payload.turns : []));
      record = { ...record, sentThrough: record.nextRow - 1 };
      expect(record.turns.length).toBeLessThan(30);
      expect(record.turns.length).toBeGreaterThanOrEqual(Math.min(20, record.turnCount));
    }
    const numbers = [...away, ...record.turns].map((turn) => Object(turn).number);
    expect(numbers).toEqual(Array.from({ length: record.turnCount }, (_, index) => index + 1));
    expect(record.seen).toHaveLength(61);
  });

  test('remembers the causes of the last 64 turns', () => {
    let record = accepted();
    for (let turn = 0; turn < 80; turn += 1) {
      record = changed(record, `m-${turn}`, priorityChanged(turn % 2 === 0 ? 'low' : 'high'));
    }
    expect(record.seen).toHaveLength(64);
    expect(record.seen[0]).toBe('m-16');
  });

  test('writes the turn into history as it was', () => {
    const { turns } = changed(accepted(), 'a', admitted());
    expect(turns[1]).toEqual({
      number: 2,
      at: startedAt,
      cause: 'a',
      event: { type: 'ADMITTED', attempt: 1, slot: 1, at: startedAt },
      from: 'queued',
      to: 'starting',
      effects: ['allocate_resources_command', 'create_pod_command'],
    });
  });
});

describe('versions', () => {
  const next: DurableMachine = {
    ...execution,
    version: 2,
    upcasters: { 1: (old) => ({ ...old, podName: 'upcast' }) },
  };

  test('a record of a newer version, or of a machine that is not known, is left to others', () => {
    const record = { ...accepted(), machineVersion: 2 };
    expect(step(record, { cause: 'a', event: admitted() }, 0).kind).toBe('newer');
    expect(step({ ...record, machine: 'unheard_of' }, { cause: 'a', event: admitted() }, 0).kind).toBe(
      'newer',
    );
  });

  test('an older context is raised, and written as the new version with the turn', () => {
    const outcome = stepWith(next, accepted(), { cause: 'a', event: admitted() }, 0);
    expect(outcome).toMatchObject({
      kind: 'changed',
      record: { machineVersion: 2, snapshot: { context: { podName: 'upcast' } } },
    });
  });

  test('a version that nothing raises is set aside', () => {
    const outcome = stepWith({ ...next, upcasters: {} }, accepted(), { cause: 'a', event: admitted() }, 0);
    expect(outcome).toMatchObject({
      kind: 'quarantined',
      record: { quarantine: { words: 'nothing raises its version 1' } },
    });
  });
});

describe('quarantine', () => {
  const cases: [string, SagaRecord, ReturnType<typeof admitted>, string][] = [
    ['a context', broken(accepted(), { held: 'many' }), admitted(), 'its context does not fit at /held'],
    [
      'a state',
      { ...accepted(), snapshot: { ...accepted().snapshot, value: 'dreaming' } },
      admitted(),
      'its state is unknown',
    ],
    ['an event', accepted(), { type: 'ADMITTED', attempt: 1 }, 'an event ADMITTED came that does not fit'],
    ['a type of event', accepted(), { type: 'HELLO' }, 'an event of an unknown type came'],
  ];
  test.each(cases)('sets a record aside for %s that is not understood', (_, record, event, words) => {
    const outcome = deliver(record, event);
    expect(outcome.kind).toBe('quarantined');
    expect(outcome.record).toMatchObject({
      version: record.version + 1,
      state: record.state,
      snapshot: record.snapshot,
      quarantine: { since: record.at, words },
      timers: [{ name: 'quarantine', at: record.at + quarantineMs, arming: record.version + 1 }],
      nextDeadline: record.at + quarantineMs,
    });
  });

  const aside = (record: SagaRecord): SagaRecord => {
    const outcome = deliver(broken(record, { podName: '', runtime: 'none' }), podExited());
    if (outcome.kind !== 'quarantined') throw new Error(`not set aside but ${outcome.kind}`);
    return outcome.record;
  };
  const over = { type: 'TIMER_FIRED', name: 'quarantine' };

  test('hears nothing but its own deadline', () => {
    const record = aside(given(...running).record);
    expect(deliver(record, podDeleted()).kind).toBe('unchanged');
    expect(deliver(record, deadline()).kind).toBe('unchanged');
  });

  test('ends as lost, deletes what is held, and gives the slot back on proof alone', () => {
    const { kind, record, effects } = deliver(aside(given(...running).record), over);
    expect(kind).toBe('changed');
    expect(effects).toEqual(['saga_compensating', 'execution_failed', 'result_failed', 'delete_pod_command']);
    expect(record).toMatchObject({ state: 'ending', quarantine: null, uniques: ['slot:1'] });
    expect(record.fields).toMatchObject({ reason: 'lost', status: 'error', userId: 'user-1' });
    expect(record.nextDeadline).not.toBeNull();
    const gone = deliver(record, podDeleted());
    expect(gone.record).toMatchObject({ state: 'errored', final: true, uniques: [] });
  });

  test('ends a run at once that holds nothing', () => {
    const { record, effects } = deliver(aside(accepted()), over);
    expect(effects).toEqual(['execution_failed', 'result_failed', 'saga_failed']);
    expect(record).toMatchObject({ state: 'errored', final: true, timers: [], nextDeadline: null });
  });

  test('keeps a verdict that fell before, and tells it only once', () => {
    const ending = given(...running, podExited(), resultSealed()).record;
    const { record, effects } = deliver(aside(ending), over);
    expect(effects).toEqual(['delete_pod_command']);
    expect(record.fields).toMatchObject({ reason: 'exited', status: 'completed' });
    expect(deliver(record, podDeleted()).record.state).toBe('completed');
  });

  test('believes nothing of a context that is all wrong, and still lets go of every slot', () => {
    const record = aside(given(...running).record);
    const nothing: SagaRecord = { ...record, snapshot: { ...record.snapshot, context: { held: 'x' } } };
    const after = deliver(nothing, over);
    expect(after.effects).toContain('delete_pod_command');
    expect(after.record.uniques).toEqual(['slot:1']);
    expect(deliver(after.record, podDeleted()).record).toMatchObject({ final: true, uniques: [] });
  });

  test('is left by an admin’s release: the state asks at once where things stand', () => {
    const record = released(deliver(given(...running).record, { type: 'HELLO' }).record, startedAt + 9);
    expect(record).toMatchObject({ quarantine: null, nextDeadline: startedAt + 9, state: 'running' });
    expect(deliver(record, deadline()).effects).toEqual(['inspect_pod_command']);
  });
});
