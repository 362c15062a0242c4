// The view against the published tables.
import { describe, expect, test } from 'bun:test';
import { describeExecution } from '#machines/execution/describe.ts';
import type { SagaRecord } from '#src/domain/saga-record.ts';
import {
  admitted,
  cancelRequested,
  exit,
  type Incoming,
  podCreated,
  podDeleted,
  podExited,
  podLost,
  podOverdue,
  podRunning,
  queueExpired,
  resultSealed,
} from './execution-events.ts';
import { given, startedAt } from './given.ts';

const recordOf = (...events: Incoming[]): SagaRecord => given(...events).record;
const running = [admitted(), podCreated(), podRunning()];
const ended = [...running, podExited(), resultSealed()];
const dead = (cause: 'out_of_memory' | 'timed_out') => [
  ...running,
  podExited({ cause, exitCode: null, signal: 9 }),
  resultSealed(),
];

describe('status and saga state', () => {
  const table: [string, Incoming[], string, string, number][] = [
    ['queued', [], 'queued', 'created', 0],
    ['starting', [admitted()], 'scheduled', 'running', 20],
    ['running', running, 'running', 'running', 40],
    ['collecting', [...running, podExited()], 'running', 'running', 80],
    ['stopping', [...running, cancelRequested()], 'running', 'compensating', 60],
    ['ending', ended, 'completed', 'compensating', 90],
    ['ending', dead('out_of_memory'), 'failed', 'compensating', 90],
    ['completed', [...ended, podDeleted()], 'completed', 'completed', 100],
    ['failed', [...dead('out_of_memory'), podDeleted()], 'failed', 'failed', 100],
    ['timed_out', [...dead('timed_out'), podDeleted()], 'timeout', 'timeout', 100],
    ['cancelled', [cancelRequested(), resultSealed()], 'cancelled', 'cancelled', 100],
    ['errored', [queueExpired(), resultSealed()], 'error', 'failed', 100],
  ];
  test.each(table)('in %s', (state, events, status, sagaState, progress) => {
    const record = recordOf(...events);
    expect(record.state).toBe(state);
    expect(describeExecution(record)).toMatchObject({ status, sagaState, progress });
    expect(record.fields).toMatchObject({ status, sagaState });
  });
});

describe('steps', () => {
  const all = ['validate_execution', 'allocate_resources', 'create_pod', 'monitor_execution', 'store_result'];
  const table: [string, Incoming[], string[], string | null, string[]][] = [
    ['queued', [], all.slice(0, 1), 'allocate_resources', []],
    ['admitted', [admitted()], all.slice(0, 2), 'create_pod', []],
    ['running', running, all.slice(0, 3), 'monitor_execution', []],
    ['being stopped', [...running, podOverdue()], all.slice(0, 3), 'delete_pod', []],
    ['being stored', [...running, podExited()], all.slice(0, 4), 'store_result', []],
    ['over, with a pod', ended, all, 'delete_pod', []],
    ['over', [...ended, podDeleted()], all, null, ['delete_pod', 'release_resources']],
    ['never admitted', [cancelRequested(), resultSealed()], ['validate_execution', 'store_result'], null, []],
    ['in its second attempt', [...running, podLost()], all.slice(0, 1), 'allocate_resources', []],
  ];
  test.each(table)('of a run that is %s', (_, events, completed, current, compensated) => {
    expect(describeExecution(recordOf(...events)).steps as object).toEqual({
      completed,
      current,
      compensated,
    });
  });
});

describe('what else a view shows', () => {
  test('the reason of death with its evidence, once there is one', () => {
    expect(describeExecution(recordOf(...running, podExited())).termination).toBeNull();
    const view = describeExecution(recordOf(...ended));
    expect(view.terminal).toBe(true);
    expect(view.termination).toMatchObject({ reason: 'exited', evidence: { exit: exit() } });
  });

  test('the next deadline, and none when all is over', () => {
    expect(describeExecution(recordOf(admitted())).deadline).toEqual({
      name: 'deadline',
      at: startedAt + 15_000,
    });
    expect(describeExecution(recordOf(...running)).deadline?.at).toBe(startedAt + 80_000);
    expect(describeExecution(recordOf(...ended, podDeleted())).deadline).toBeNull();
  });

  const cancels: [string, Incoming[], string][] = [
    ['queued', [], 'possible'],
    ['starting', [admitted()], 'possible'],
    ['running', running, 'possible'],
    ['cancelled while running', [...running, cancelRequested()], 'already_cancelled'],
    ['stopped for being overdue', [...running, podOverdue()], 'too_late'],
    ['whose script has ended', [...running, podExited()], 'too_late'],
    ['over', ended, 'too_late'],
  ];
  test.each(cancels)('whether a run that is %s can be cancelled', (_, events, cancellable) => {
    const view = describeExecution(recordOf(...events));
    expect(view.cancellable as string).toBe(cancellable);
    const heard = given(...events).when(cancelRequested()).kind === 'changed';
    expect(heard).toBe(view.canCancel);
  });
});
