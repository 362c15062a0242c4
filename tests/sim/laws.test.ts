// The laws can be broken: each of these commits must be noticed.
import { describe, expect, test } from 'bun:test';
import type { OutboxRow, SagaRecord } from '#src/domain/saga-record.ts';
import { sampleRecord } from '#tests/contract/sample-record.ts';
import { checkRecord } from './record-laws.ts';

const row = (n: number, type: OutboxRow['type']): OutboxRow => ({
  n,
  id: `row ${n}`,
  type,
  at: 1,
  payload: {},
});

const before: SagaRecord = sampleRecord('a', {
  version: 3,
  state: 'running',
  timers: [{ name: 'deadline', at: 9_000, arming: 3 }],
  nextDeadline: 9_000,
  outbox: [row(1, 'execution_queued')],
  nextRow: 2,
  sentThrough: 1,
  seen: ['m1'],
});
const after: SagaRecord = { ...before, version: 4, outbox: [row(2, 'execution_running')], nextRow: 3 };

function broken(was: SagaRecord | null, is: SagaRecord, told = new Map<string, string>()): string[] {
  const words: string[] = [];
  checkRecord(was, is, told, (what) => words.push(what));
  return words;
}

const turn = (cause: string): SagaRecord['turns'] => [
  { number: 4, at: 1, cause, event: { type: 'POD_RUNNING' }, from: 'running', to: 'running', effects: [] },
];

describe('a commit', () => {
  test('that keeps the laws is let pass', () => {
    expect(broken(before, after)).toEqual([]);
  });

  const ended: SagaRecord = { ...before, state: 'completed', final: true, timers: [], nextDeadline: null };
  const emptied: SagaRecord = {
    ...ended,
    version: 4,
    snapshot: { ...ended.snapshot, context: {} },
    turns: [],
    deletedAt: 5,
  };

  test('that deletes what has ended is let pass, and what removes the rest after it', () => {
    expect(broken(ended, emptied)).toEqual([]);
    expect(broken(emptied, { ...emptied, version: 5, fields: { erased: true } })).toEqual([]);
  });

  const cases: readonly [string, SagaRecord | null, SagaRecord][] = [
    ['leaves a version out', before, { ...after, version: 5 }],
    ['begins with another version than 1', null, after],
    ['changes a final record', { ...before, final: true }, after],
    ['deletes what has ended, and keeps what people wrote', ended, { ...emptied, snapshot: ended.snapshot }],
    ['brings back what was deleted', emptied, { ...emptied, version: 5, deletedAt: null }],
    ['goes back in time', { ...before, at: after.at + 1 }, after],
    ['lowers what was sent', before, { ...after, sentThrough: 0 }],
    ['drops a row unsent', { ...before, sentThrough: 0 }, { ...after, sentThrough: 0 }],
    ['applies a message twice', before, { ...after, turnCount: before.turnCount + 1, turns: turn('m1') }],
    ['leaves a run without a deadline', before, { ...after, timers: [], nextDeadline: null }],
    ['hides its earliest timer', before, { ...after, nextDeadline: 10_000 }],
    ['leaves a deadline behind at its end', before, { ...after, final: true }],
    ['numbers its rows with a gap', before, { ...after, outbox: [row(3, 'execution_running')] }],
    ['tells a result before the end', before, { ...after, outbox: [row(2, 'result_stored')] }],
    [
      'tells two ends',
      before,
      { ...after, outbox: [row(2, 'execution_completed'), row(3, 'execution_failed')] },
    ],
    [
      'goes on after its end',
      before,
      { ...after, outbox: [row(2, 'execution_completed'), row(3, 'create_pod_command')] },
    ],
  ];
  test.each(cases)('that %s is noticed', (_, was, is) => {
    expect(broken(was, is)).not.toEqual([]);
  });

  test('in which a timer fires before its time, or was never armed, is noticed', () => {
    const fired = (name: string): SagaRecord['turns'] => [
      {
        number: before.turnCount + 1,
        at: 1,
        cause: 'timer',
        event: { type: 'TIMER_FIRED', name },
        from: 'running',
        to: 'running',
        effects: [],
      },
    ];
    const told = (name: string, at: number): string[] =>
      broken(before, { ...after, at, turnCount: before.turnCount + 1, turns: fired(name) });
    expect(told('deadline', 9_000)).toEqual([]);
    expect(told('deadline', 5_000)).toEqual(['a: a timer fired before its time']);
    expect(told('another', 9_000)).toEqual(['a: a timer fired before its time']);
  });

  test('that changes a verdict is noticed', () => {
    const judged = (reason: string): SagaRecord['snapshot'] => ({
      ...before.snapshot,
      context: { ...before.snapshot.context, verdict: { reason } },
    });
    expect(broken({ ...before, snapshot: judged('exited') }, { ...after, snapshot: judged('lost') })).toEqual(
      ['a: its verdict changed'],
    );
  });
});
