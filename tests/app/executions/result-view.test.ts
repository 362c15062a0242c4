// What is shown of a run's end, for every way in which a run can end.
import { describe, expect, test } from 'bun:test';
import { executionResult, lifeView, terminationView } from '#src/app/executions/result-view.ts';
import type { JsonObject } from '#src/domain/json.ts';
import { admitted, exitedWith, runAfter, running, sealed } from './run-records.ts';

type Event = JsonObject & { type: string };
const cancel = { type: 'CANCEL_REQUESTED', by: 'user-1', reason: 'enough' };
const ended = (...events: Event[]) => runAfter([...events, sealed]);

describe('status, error type and exit code', () => {
  test.each<[string, Event[], [string, string | null, number | null]]>([
    ['exited', [admitted, running, exitedWith({})], ['completed', null, 0]],
    ['exited', [admitted, running, exitedWith({ exitCode: 3 })], ['completed', 'script_error', 3]],
    [
      'signaled',
      [admitted, running, exitedWith({ cause: 'signaled', exitCode: null, signal: 11 })],
      ['completed', 'script_error', 139],
    ],
    [
      'timed_out',
      [admitted, running, exitedWith({ cause: 'timed_out', exitCode: null, signal: 9 })],
      ['timeout', 'timeout', null],
    ],
    [
      'cpu_limit',
      [admitted, running, exitedWith({ cause: 'cpu_limit', exitCode: null })],
      ['failed', 'resource_limit', 137],
    ],
    [
      'out_of_memory',
      [admitted, running, exitedWith({ cause: 'out_of_memory', exitCode: null })],
      ['failed', 'resource_limit', 137],
    ],
    [
      'output_limit',
      [admitted, running, exitedWith({ cause: 'output_limit', exitCode: null })],
      ['failed', 'resource_limit', 137],
    ],
    [
      'disk_full',
      [admitted, running, exitedWith({ cause: 'disk_full', exitCode: null })],
      ['failed', 'resource_limit', 137],
    ],
    ['cancelled', [cancel], ['cancelled', null, null]],
    ['queue_timeout', [{ type: 'QUEUE_EXPIRED', attempt: 1 }], ['error', 'system_error', null]],
    [
      'could_not_start',
      [admitted, { type: 'POD_UNSTARTABLE', attempt: 1, words: 'no image', retryable: false }],
      ['error', 'system_error', null],
    ],
  ])('%s', (reason, events, [status, errorType, exitCode]) => {
    const record = ended(...events);
    const { status: shown, error_type, exit_code } = executionResult(record, null);
    expect<unknown[]>([shown, error_type, exit_code]).toEqual([status, errorType, exitCode]);
    expect<string | undefined>(terminationView(record)?.reason).toBe(reason);
  });
});

test('usage is told in the units of the interface', () => {
  expect(executionResult(ended(admitted, running, exitedWith({})), null).resource_usage).toEqual({
    execution_time_wall_seconds: 1.2345,
    cpu_time_jiffies: 101,
    clk_tck_hertz: 100,
    peak_memory_kb: 2,
  });
  expect(executionResult(ended(cancel), null).resource_usage).toBeNull();
});

test('evidence is what there is, and no more', () => {
  const limits = { timeout_seconds: 10, memory: '64Mi', cpu: '500m', output_bytes: 1 << 20 };
  expect(terminationView(ended(cancel))?.evidence).toEqual({
    limits,
    cancel: { by: 'user-1', reason: 'enough', at: '1970-01-01T00:16:41.000Z' },
  });
  expect(terminationView(runAfter([admitted]))).toBeNull();
});

test('times and attempts follow the record', () => {
  const view = lifeView(ended(admitted, running, exitedWith({})));
  expect(view.created_at).toBe('1970-01-01T00:16:40.000Z');
  expect(view.started_at).toBe('1970-01-01T00:16:42.000Z');
  expect(view.ended_at).toBe('1970-01-01T00:16:44.000Z');
  expect(view.attempts).toEqual([
    {
      number: 1,
      pod_name: 'pod-1',
      started_at: '1970-01-01T00:16:42.000Z',
      ended_at: '1970-01-01T00:16:44.000Z',
      reason: 'exited',
    },
  ]);
});
