// The life of a run in examples: given events, when one more comes, then this follows.
import { describe, expect, test } from 'bun:test';
import {
  admitted,
  cancelRequested,
  deadline,
  effectFailed,
  exit,
  podCreated,
  podDeleted,
  podExited,
  podLost,
  podRunning,
  podUnstartable,
  resultSealed,
} from './execution-events.ts';
import { accepted, given, givenRecord, startedAt } from './given.ts';

const running = [admitted(), podCreated(), podRunning()];
const ended = [...running, podExited()];

describe('acceptance', () => {
  test('asks once for a run and queues its first attempt', () => {
    expect(accepted().outbox.map(({ type }) => type)).toEqual([
      'execution_requested',
      'saga_started',
      'execution_accepted',
      'execution_queued',
    ]);
  });

  test('says what was asked for in the quantities of the published interface', () => {
    expect(accepted().outbox[0]?.payload).toMatchObject({
      cpu_limit: '1000m',
      memory_limit: '512Mi',
      timeout_seconds: 10,
      language: 'python',
    });
  });
});

describe('a good run', () => {
  test('takes a slot, and asks for a pod', () => {
    const { record, effects, rows } = given().when(admitted(1, 7));
    expect(effects).toEqual(['allocate_resources_command', 'create_pod_command']);
    expect(rows[0]?.payload).toMatchObject({ attempt: 1, slot: 7 });
    expect(record.uniques).toEqual(['slot:7']);
    expect(record.fields.heldCount).toBe(1);
  });

  test('is told to have started once, whichever message comes first', () => {
    expect(given(admitted()).when(podCreated()).effects).toEqual(['execution_started']);
    expect(given(admitted(), podCreated()).when(podRunning()).effects).toEqual(['execution_running']);
    expect(given(admitted()).when(podRunning()).effects).toEqual(['execution_started', 'execution_running']);
  });

  test('has its output sealed up to the exit frame before anything is said of its end', () => {
    const { rows, effects } = given(...running).when(podExited());
    expect(effects).toEqual(['store_result_command']);
    expect(rows[0]?.payload).toMatchObject({ attempt: 1, last: 3 });
  });

  test('tells its end, then the result, and asks for its pod to go', () => {
    const { effects, rows } = given(...ended).when(resultSealed());
    expect(effects).toEqual([
      'saga_compensating',
      'execution_completed',
      'result_stored',
      'delete_pod_command',
    ]);
    expect(rows[1]?.payload).toMatchObject({ exit_code: 0, stdout: 'done\n' });
  });

  test('gives its slot back only when its pod is gone, and is final then', () => {
    const before = given(...ended, resultSealed());
    expect(before.record.uniques).toEqual(['slot:1']);
    const { record, effects } = before.when(podDeleted());
    expect(effects).toEqual(['release_resources_command', 'saga_compensated', 'saga_completed']);
    expect(record.uniques).toEqual([]);
    expect(record.state).toBe('completed');
    expect(record.final).toBe(true);
  });

  test('whose start was never told still has a start, from its own report', () => {
    const { record } = given(admitted()).when(podExited(), startedAt + 1_000);
    expect(record.fields.startedAt).toBe(startedAt + 1_000 - 120);
  });
});

describe('a loss by the platform', () => {
  test('deletes what is left of the attempt, and queues a second one', () => {
    const { record, effects } = given(...running).when(podLost());
    expect(effects).toEqual(['delete_pod_command', 'execution_queued']);
    expect(record.state).toBe('queued');
    expect(record.fields).toMatchObject({ attempt: 2, heldCount: 1, startedAt: null });
    expect(record.snapshot.context.attempts).toMatchObject([{ number: 1, evidence: { lost: {} } }]);
    expect(record.snapshot.context.evidence).toEqual({});
  });

  test('is retried once only', () => {
    const twice = given(...running, podLost(), admitted(2), podRunning(2)).when(podLost(2));
    expect(twice.record.state).toBe('collecting');
    const { record } = givenRecord(twice.record, resultSealed(null, 2)).when(podDeleted(1));
    expect(record.fields).toMatchObject({ reason: 'lost', status: 'error' });
  });

  test('by our own drain does not use up the retry', () => {
    const events = [...running, podLost(1, true), admitted(2), podRunning(2), podLost(2), admitted(3)];
    expect(given(...events).record.fields.attempt).toBe(3);
  });

  test.each(['stopped', 'no_reader'] as const)('shows as an exit %s that nobody asked for', (cause) => {
    const stopped = podExited({ cause, exitCode: null, signal: 15 });
    expect(given(...running).when(stopped).record.state).toBe('queued');
    expect(given(...running, cancelRequested()).when(stopped).record.state).toBe('collecting');
  });

  test('is never repeated for a run that may have had interactive input', () => {
    const interactive = givenRecord(accepted({ stdinOpen: true }), ...running);
    expect(interactive.when(podLost()).record.state).toBe('collecting');
    expect(interactive.when(podLost(1, true)).record.state).toBe('collecting');
  });

  test('keeps both slots until each pod is gone', () => {
    const { record } = given(...running, podLost(), admitted(2, 9));
    expect(record.uniques).toEqual(['slot:1', 'slot:9']);
    const first = givenRecord(record).when(podDeleted(1));
    expect(first.effects).toEqual(['release_resources_command']);
    expect(first.rows[0]?.payload).toMatchObject({ attempt: 1, slot: 1 });
    expect(first.record.uniques).toEqual(['slot:9']);
    expect(first.record.state).toBe('starting');
  });

  test('is not an end by the script, nor the other way round', () => {
    const killed = podExited({ cause: 'out_of_memory', exitCode: null, signal: 9 });
    expect(given(...running).when(killed).record.state).toBe('collecting');
  });

  test('a pod that vanishes under a running attempt ends it without a repetition, for its end may be stored', () => {
    const { record, effects } = given(...running).when(podDeleted());
    expect(record.state).toBe('collecting');
    expect(effects).toEqual(['release_resources_command', 'store_result_command']);
    const sealed = givenRecord(record).when(resultSealed(exit({ exitCode: 4 })));
    expect(sealed.record.fields).toMatchObject({ reason: 'exited', exitCode: 4 });
  });
});

describe('a pod that cannot start', () => {
  test('is tried once more when the cluster had no room', () => {
    const again = given(admitted()).when(podUnstartable(1, true));
    expect(again.record.fields.attempt).toBe(2);
    expect(givenRecord(again.record, admitted(2)).when(podUnstartable(2, true)).record.state).toBe(
      'collecting',
    );
  });

  test('ends the run in the cluster’s own words when its image is wrong', () => {
    const { record } = given(admitted(), podUnstartable(1, false), resultSealed()).when(podDeleted());
    expect(record.fields).toMatchObject({ status: 'error', reason: 'could_not_start' });
    expect(JSON.stringify(record.snapshot.context.verdict)).toContain('ErrImagePull');
  });

  test('ends the run as well when its command had to be given up', () => {
    expect(given(admitted()).when(effectFailed('create_pod_command')).record.state).toBe('collecting');
    expect(given(admitted()).when(effectFailed('inspect_pod_command')).kind).toBe('unchanged');
  });
});

describe('a cancel', () => {
  test('of a queued run needs no pod', () => {
    const { record, effects } = given().when(cancelRequested());
    expect(effects).toEqual(['execution_cancel_requested', 'store_result_command']);
    expect(givenRecord(record).when(resultSealed()).effects).toEqual([
      'execution_cancelled',
      'result_stored',
      'saga_cancelled',
    ]);
  });

  test('stops a running script with a grace, then by force', () => {
    const stopping = given(...running).when(cancelRequested());
    expect(stopping.rows[1]?.payload).toMatchObject({ reason: 'cancelled', force: false, grace_ms: 2_000 });
    const forced = givenRecord(stopping.record).when(deadline());
    expect(forced.rows[0]?.payload).toMatchObject({ force: true, grace_ms: 0 });
  });

  test('loses to an exit that came first', () => {
    const events = [...running, cancelRequested(), podExited({ exitCode: 1 }), resultSealed()];
    expect(given(...events).record.fields.reason).toBe('exited');
  });

  test('wins over the stop that it asked for', () => {
    const events = [
      ...running,
      cancelRequested(),
      podExited({ cause: 'stopped', exitCode: null, signal: 9 }),
    ];
    const { rows } = given(...events).when(resultSealed());
    expect(rows[1]).toMatchObject({
      type: 'execution_cancelled',
      payload: { cancelled_by: 'user-1', force_terminated: true },
    });
  });
});
