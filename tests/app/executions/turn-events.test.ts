// The events of a run, from its record's turns.
import { expect, test } from 'bun:test';
import { eventsAfter, resultEvent } from '#src/app/executions/turn-events.ts';
import { admitted, exitedWith, runAfter, running, sealed } from './run-records.ts';

const finished = runAfter([admitted, running, exitedWith({ exitCode: 1 }), sealed]);
const typesOf = (events: readonly { event_type: string }[]) => events.map(({ event_type }) => event_type);

test('no command among ourselves is told', () => {
  const types = typesOf(eventsAfter(finished, 0));
  expect(types.filter((type) => type.endsWith('_command'))).toEqual([]);
  expect(types.slice(0, 4)).toEqual([
    'execution_requested',
    'saga_started',
    'execution_accepted',
    'execution_queued',
  ]);
  expect(types.slice(-2)).toEqual(['execution_completed', 'result_stored']);
});

test('an event has the id that it has on the bus, and the status that it led to', () => {
  const told = eventsAfter(finished, 0);
  for (const row of finished.outbox.filter(({ type }) => !type.endsWith('_command')))
    expect(told.find(({ event_id }) => event_id === row.id)?.event_type).toBe(row.type);
  const statusOf = (type: string) => told.find(({ event_type }) => event_type === type)?.status;
  expect(statusOf('execution_queued')).toBe('queued');
  expect(statusOf('execution_running')).toBe('running');
  expect(statusOf('pod_terminated')).toBe('running');
  expect(statusOf('execution_completed')).toBe('completed');
});

test('only what came after a turn is told', () => {
  expect(typesOf(eventsAfter(finished, finished.turnCount - 1))).toContain('result_stored');
  expect(eventsAfter(finished, finished.turnCount)).toEqual([]);
});

test('the result is told also when its turn has left the record', () => {
  expect(resultEvent(runAfter([admitted, running]))).toBeNull();
  expect(resultEvent(finished)?.event_type).toBe('result_stored');
  expect(resultEvent({ ...finished, turns: [] })).toMatchObject({
    event_type: 'result_stored',
    status: 'completed',
  });
  const lost = runAfter([
    admitted,
    running,
    exitedWith({}),
    { type: 'RESULT_FAILED', attempt: 1, words: 'x' },
  ]);
  expect(resultEvent({ ...lost, turns: [] })?.event_type).toBe('result_failed');
});
