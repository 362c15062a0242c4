// The bookkeeping of one step: rows, timers, history, causes, versions.
import { describe, expect, test } from 'bun:test';
import type { DurableMachine } from '#machines/durable.ts';
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
import { accepted, type deliver, givenRecord, startedAt } from './given.ts';

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

  test('a run that begins with what its context cannot hold does not begin', () => {
    const start = { id: 'run-1', input: { ...input, priority: 'urgent' }, cause: 'request-1', at: startedAt };
    expect(() => startRecord(execution, start)).toThrow('/priority');
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
    upcasters: { 1: (old) => ({ ...old, context: { ...old.context, podName: 'upcast' } }) },
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
