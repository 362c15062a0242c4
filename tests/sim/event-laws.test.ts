// The law of what is told holds for the machine as it is, and can be broken: a row left out or told twice is noticed.
import { describe, expect, test } from 'bun:test';
import type { SagaRecord } from '#src/domain/saga-record.ts';
import * as event from '#tests/machines/execution-events.ts';
import { accepted, deliver } from '#tests/machines/given.ts';
import { actedUpon, checkEvents } from './event-laws.ts';

const memory = { cause: 'out_of_memory', exitCode: null, signal: 9 } as const;
const stopped = { cause: 'stopped', exitCode: null, signal: 15 } as const;

const paths: readonly [string, readonly event.Incoming[]][] = [
  [
    'completes',
    [
      event.admitted(),
      event.podCreated(),
      event.podRunning(),
      event.podExited(),
      event.resultSealed(event.exit()),
      event.podDeleted(),
    ],
  ],
  ['is cancelled in the queue', [event.priorityChanged(), event.cancelRequested(), event.resultSealed()]],
  ['waits too long', [event.queueExpired(), event.resultSealed()]],
  [
    'is repeated, and cancelled then',
    [
      event.admitted(),
      event.podRunning(),
      event.deadline(),
      event.podLost(),
      event.admitted(2),
      event.podCreated(2),
      event.podRunning(2),
      event.podDeleted(1),
      event.cancelRequested(),
      event.podExited(stopped, 2),
      event.resultSealed(null, 2),
      event.podDeleted(2),
    ],
  ],
  [
    'exceeds a limit, and its result cannot be kept',
    [
      event.admitted(),
      event.podRunning(),
      event.podExited(memory),
      event.resultFailed(),
      event.deadline(),
      event.podDeleted(),
    ],
  ],
];

function broken(before: SagaRecord | null, after: SagaRecord): number {
  const words: string[] = [];
  checkEvents(before, after, (what) => words.push(what));
  return words.length;
}

describe.each(paths)('a run that %s', (_, path) => {
  const records = [accepted()];
  for (const incoming of path) records.push(deliver(records.at(-1) ?? accepted(), incoming).record);
  const turns = records.map((after, index) => ({ before: records[index - 1] ?? null, after }));

  test('tells in each turn what its path demands, and is told of at its end', () => {
    for (const { before, after } of turns) expect(broken(before, after)).toBe(0);
    expect(records.at(-1)?.final).toBe(true);
  });

  test('and leaves a word out, or says one twice, is noticed', () => {
    for (const { before, after } of turns)
      for (const row of after.outbox.filter(
        ({ n, type }) => n >= (before?.nextRow ?? 1) && !actedUpon.has(type),
      )) {
        expect(broken(before, { ...after, outbox: after.outbox.filter((other) => other !== row) })).toBe(1);
        expect(broken(before, { ...after, outbox: [...after.outbox, row] })).toBe(1);
      }
  });
});
