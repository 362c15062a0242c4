import { expect, test } from 'bun:test';
import { type RunEvent, runEvent } from '#web/lib/run-events.ts';
import { noProgress, progressAfter, type RunProgress } from '#web/lib/run-progress.ts';
import { progressSentence, statusWord } from '#web/lib/run-words.ts';

const at = '2026-11-25T03:00:00.000Z';
const state = (status: string, more: object = {}): RunEvent | null =>
  runEvent('state', JSON.stringify({ status, saga_state: 'running', attempt: 1, at, ...more }));

function after(...events: (RunEvent | null)[]): RunProgress {
  return events.reduce<RunProgress>(
    (progress, event) => (event === null ? progress : progressAfter(progress, event)),
    noProgress,
  );
}

test('the place in the queue is told, and forgotten once the run starts', () => {
  const queued = after(state('queued', { queue: { position: 3, ahead: 2, limit: 4 } }));
  expect(progressSentence(queued, false)).toBe('Queued at place 3: 2 ahead, 4 run at a time.');
  expect(progressAfter(queued, state('scheduled') as RunEvent).queue).toBeNull();
});

test('a pause of all admission is told with the place', () => {
  const queue = { position: 3, ahead: 2, limit: 4, paused: true };
  const sentence = progressSentence(after(state('queued', { queue })), false);
  expect(sentence).toBe('Queued at place 3: an administrator has paused new runs.');
});

test('the running time is counted from the first word that it runs', () => {
  const later = { at: '2026-11-25T03:05:00.000Z' };
  const progress = after(state('running'), state('running', later));
  expect(progress.runningSince).toBe(Date.parse(at));
});

test('a next attempt runs from its own beginning and without the files of the last', () => {
  const file = { attempt: 1, name: 'a.png', content_type: 'image/png', size: 3 };
  const progress = after(
    state('running'),
    runEvent('artifact', JSON.stringify(file)),
    state('queued', { attempt: 2 }),
  );
  expect(progress).toMatchObject({ attempt: 2, runningSince: null, artifacts: [] });
});

test('a file that is told of twice is listed once, as it was last', () => {
  const file = { attempt: 1, name: 'a.png', content_type: 'image/png', size: 3 };
  const progress = after(
    runEvent('artifact', JSON.stringify(file)),
    runEvent('artifact', JSON.stringify({ ...file, size: 4 })),
  );
  expect(progress.artifacts.map(({ size }) => size)).toEqual([4]);
});

test('the end says why, whatever was being asked', () => {
  const end = runEvent(
    'end',
    JSON.stringify({
      result: { status: 'cancelled', exit_code: null },
      termination: { reason: 'cancelled', message: 'The run was cancelled on request.', evidence: {} },
    }),
  );
  const progress = after(state('running'), end);
  expect(progress.status).toBe('cancelled');
  expect(progressSentence(progress, true)).toBe('The run was cancelled on request.');
});

test('an event that does not fit is not understood', () => {
  expect(state('running', { attempt: 'one' })).toBeNull();
  expect(runEvent('output', JSON.stringify({ attempt: 1, stream: 'stdin', text: 'x' }))).toBeNull();
  expect(runEvent('output', JSON.stringify({ attempt: 1, stream: 'stdout' }))).toBeNull();
  expect(runEvent('artifact', 'null')).toBeNull();
  expect(runEvent('end', JSON.stringify({ result: {}, termination: {} }))).toBeNull();
});

test('a script that ends with a code other than 0 does not look well', () => {
  expect(statusWord('completed', 0)).toEqual({ word: 'Finished', tone: 'good' });
  expect(statusWord('completed', 3)).toEqual({ word: 'Exit 3', tone: 'bad' });
  expect(statusWord(null, null).tone).toBe('quiet');
});
