// Limits, the queue and deadlines of a run, in examples.
import { describe, expect, test } from 'bun:test';
import {
  admitted,
  cancelRequested,
  deadline,
  podCreated,
  podDeleted,
  podExited,
  podOverdue,
  podRunning,
  priorityChanged,
  queueExpired,
  resultFailed,
  resultSealed,
} from './execution-events.ts';
import { given, givenRecord } from './given.ts';

const running = [admitted(), podCreated(), podRunning()];
const ended = [...running, podExited()];

describe('limits', () => {
  test('a run beyond its backstop is stopped and timed out, however it then ends', () => {
    const stopping = given(...running).when(podOverdue());
    expect(stopping.rows[0]?.payload).toMatchObject({ reason: 'overdue' });
    const done = givenRecord(stopping.record, podDeleted()).when(resultSealed());
    expect(done.effects).toEqual(['execution_timeout', 'result_stored', 'saga_failed']);
  });

  test('a run that died of a limit says which, and how much it took', () => {
    const usage = { wallMs: 10, cpuMs: 10, memoryPeakBytes: 600 * 1024 ** 2 };
    const killed = podExited({ cause: 'out_of_memory', exitCode: null, signal: 9, usage });
    const { rows } = given(...running, killed).when(resultSealed());
    expect(rows[2]).toMatchObject({
      type: 'resource_limit_exceeded',
      payload: { resource_type: 'memory', limit: 512 * 1024 ** 2, requested: 600 * 1024 ** 2 },
    });
  });

  test('a result that could not be kept is the platform’s fault, whatever the script did', () => {
    const { effects, record } = given(...ended).when(resultFailed());
    expect(effects).toEqual(['saga_compensating', 'execution_failed', 'result_failed', 'delete_pod_command']);
    expect(record.fields).toMatchObject({ status: 'error', reason: 'result_lost', exitCode: null });
  });
});

describe('the queue', () => {
  test('a new priority is said once', () => {
    const changed = given().when(priorityChanged('low'));
    expect(changed.effects).toEqual(['execution_priority_changed']);
    expect(changed.record.fields).toMatchObject({ priority: 'low', priorityRank: 3 });
    expect(givenRecord(changed.record).when(priorityChanged('low')).kind).toBe('unchanged');
  });

  test('a run that waited too long ends without a pod', () => {
    const { record } = given(queueExpired()).when(resultSealed());
    expect(record.fields).toMatchObject({ status: 'error', reason: 'queue_timeout' });
  });
});

describe('deadlines only ask', () => {
  const table = [
    ['queued', [], [], 60_000],
    ['starting', [admitted()], ['create_pod_command', 'inspect_pod_command'], 15_000],
    ['running', running, ['inspect_pod_command'], 15_000],
    ['stopping', [...running, cancelRequested()], ['delete_pod_command'], 5_000],
    ['collecting', ended, ['store_result_command'], 5_000],
    ['ending', [...ended, resultSealed()], ['delete_pod_command'], 5_000],
  ] as const;
  test.each(table)('in %s', (state, events, effects, waitMs) => {
    const before = given(...events);
    const due = before.record.nextDeadline ?? 0;
    const { record, effects: asked } = before.when(deadline(), due);
    expect(record.state).toBe(state);
    expect(asked as string[]).toEqual([...effects]);
    expect(record.nextDeadline).toBe(due + waitMs);
  });
});
