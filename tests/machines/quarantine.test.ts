// What becomes of a record that cannot be understood: set aside, never guessed at, and never without a deadline.
import { describe, expect, test } from 'bun:test';
import { quarantineMs, released } from '#machines/quarantine.ts';
import type { SagaRecord } from '#src/domain/saga-record.ts';
import {
  admitted,
  deadline,
  podCreated,
  podDeleted,
  podExited,
  podRunning,
  resultSealed,
} from './execution-events.ts';
import { accepted, deliver, given, startedAt } from './given.ts';

const running = [admitted(), podCreated(), podRunning()];

/** The same record with something in its context that no version ever wrote. */
const broken = (record: SagaRecord, context: Record<string, string>): SagaRecord => ({
  ...record,
  snapshot: { ...record.snapshot, context: { ...record.snapshot.context, ...context } },
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

  test('is left by an administrator’s release: the state asks at once where things stand', () => {
    const aside = deliver(given(...running).record, { type: 'HELLO' }).record;
    const record = released(aside, startedAt + 9, { by: 'admin-1', reason: 'it was a bad message' });
    if (record === null) throw new Error('it was not in quarantine');
    expect(record).toMatchObject({ quarantine: null, nextDeadline: startedAt + 9, state: 'running' });
    expect(deliver(record, deadline()).effects).toEqual(['inspect_pod_command']);
  });
});
