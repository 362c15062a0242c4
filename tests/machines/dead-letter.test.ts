// The dead letter by example: when it is sent again, what counts once, and that it never waits for ever.
import { describe, expect, test } from 'bun:test';
import { Value } from '@sinclair/typebox/value';
import { contextSchema } from '#machines/dead-letter/context-schema.ts';
import { nextRetryAt, retryingWaitMs, waits } from '#machines/dead-letter/deadlines.ts';
import { contextOf } from '#machines/dead-letter/snapshot.ts';
import { givenUp } from '#machines/given-up.ts';
import type { SagaRecord } from '#src/domain/saga-record.ts';
import {
  asksAgain,
  deadMessage,
  discardRequested,
  failedAgain,
  failedAt,
  handled,
  letter,
  policies,
  policyChosen,
  redriven,
  retryRequested,
  targetEnded,
  unsendable,
} from './dead-letter-events.ts';
import type { Incoming } from './execution-events.ts';
import { deliver, type Given, givenRecord } from './given.ts';

const givenLetter = (...events: Incoming[]): Given => givenRecord(letter(), ...events);
const contextIn = ({ snapshot }: SagaRecord) => contextOf(snapshot);
const deedsOf = (record: SagaRecord): string[] =>
  contextIn(record).history.map(({ deed, by, words }) => `${deed} by ${by}: ${words}`);

describe('a policy', () => {
  const dayMs = 86_400_000;
  const at = 10 * dayMs + 2 * 3_600_000;
  const cases = [
    ['immediate', policies.immediate, [at, at, null]],
    ['exponential back-off', policies.exponential_backoff, [at + 1_000, at + 2_000, at + 3_000, at + 3_000]],
    ['fixed interval', policies.fixed_interval, [at + 60_000, null]],
    ['manual', policies.manual, [null]],
    ['scheduled', policies.scheduled, [11 * dayMs + 90 * 60_000]],
    ['scheduled later today', { ...policies.scheduled, minuteOfDay: 121 }, [10 * dayMs + 121 * 60_000]],
    ['scheduled this very minute', { ...policies.scheduled, minuteOfDay: 120 }, [11 * dayMs + 120 * 60_000]],
  ] as const;
  test.each(cases)('%s says when', (_, policy, moments) => {
    expect(moments.map((_moment, redrives) => nextRetryAt(policy, redrives, at))).toEqual([...moments]);
  });
});

describe('a letter', () => {
  test('begins with the whole message and its cause, and waits for its policy', () => {
    const record = letter();
    expect(record).toMatchObject({
      state: 'received',
      nextDeadline: failedAt + waits.receivedMs,
      fields: { status: 'received', originalTopic: 'pod_overdue', key: 'run-1', retryCount: 0, failedAt },
    });
    expect(contextIn(record).message).toEqual(deadMessage);
    expect(deedsOf(record)).toEqual(['failed by null: Error: broken']);
  });

  test('is left to people by default, and where nobody can tell its policy in time', () => {
    expect(givenLetter(policyChosen()).record.state).toBe('manual');
    const { record } = givenLetter(asksAgain());
    expect(record.state).toBe('manual');
    expect(deedsOf(record).at(-1)).toBe('left to people by null: its policy is not known');
  });

  test('is sent again by its policy when the time comes', () => {
    const { record, when } = givenLetter(policyChosen(policies.fixed_interval));
    expect(record).toMatchObject({ state: 'scheduled', nextDeadline: failedAt + 60_000 });
    expect(record.fields.nextRetryAt).toBe(failedAt + 60_000);
    const sent = when(asksAgain(), failedAt + 60_000);
    expect(sent.rows.map(({ type, payload }) => [type, payload])).toEqual([
      ['redrive_message_command', { dlq_event_id: 'letter-1', redrive: 1 }],
    ]);
    expect(sent.record.fields).toMatchObject({ status: 'retrying', retryCount: 1, nextRetryAt: null });
  });

  test('is sent again once, however often it is asked for', () => {
    const { record, when } = givenLetter(policyChosen(), retryRequested());
    expect(deedsOf(record).at(-1)).toBe('redriven by admin-1: mended');
    expect(when(retryRequested()).kind).toBe('unchanged');
    const back = givenLetter(
      policyChosen(),
      retryRequested(),
      failedAgain(),
      policyChosen(policies.manual, 1),
    );
    expect(back.record.state).toBe('manual');
    // The second click, on a page that still shows the count from before.
    expect(back.when(retryRequested()).kind).toBe('unchanged');
    expect(back.when(retryRequested(2)).effects).toEqual(['redrive_message_command']);
  });

  test('that fails again is the same letter, with its count and the new cause', () => {
    const { record } = givenLetter(policyChosen(), retryRequested(), redriven(), failedAgain());
    expect(record.fields).toMatchObject({
      status: 'received',
      retryCount: 1,
      error: 'Error: still broken',
      policy: null,
      failedAt,
    });
  });

  test.each([
    ['published', [redriven(), redriven(), handled()]],
    ['taken before it is said that it was published', [handled()]],
    ['failed before it is said that it was published', [failedAgain(), redriven(), failedAgain()]],
  ])('tells once of each redrive that reached the bus: %s', (_, events) => {
    let record = givenLetter(policyChosen(), retryRequested()).record;
    const told: string[] = [];
    for (const event of events) {
      const outcome = deliver(record, event);
      told.push(...outcome.rows.map(({ type, payload }) => `${type} ${payload.retry_count}`));
      record = outcome.record;
    }
    expect(told).toEqual(['dlq_message_retried 1']);
  });

  test('that no bus can carry is left to people, and nobody is told that it was sent', () => {
    const { record, rows } = givenLetter(policyChosen(policies.immediate), asksAgain()).when(unsendable());
    expect([record.state, rows]).toEqual(['manual', []]);
    expect(deedsOf(record).at(-1)).toBe('failed by null: No bus can carry it');
  });

  test('is over once its message is taken, also by a copy of an earlier redrive', () => {
    expect(givenLetter(policyChosen(), retryRequested(), handled()).record).toMatchObject({
      state: 'retried',
      final: true,
    });
    const twice = [retryRequested(), failedAgain(), policyChosen(policies.manual, 1), retryRequested(2)];
    const { record, when } = givenLetter(policyChosen(), ...twice, handled(1));
    expect(record.state).toBe('retried');
    expect(when(failedAgain(2)).kind).toBe('unchanged');
    expect(givenLetter(policyChosen()).when(handled(1)).kind).toBe('unchanged');
  });

  test('is closed when whom it was for has ended, and says so', () => {
    const { when } = givenLetter(policyChosen(), retryRequested());
    const closed = when(targetEnded());
    expect(closed.record).toMatchObject({ state: 'closed', final: true });
    expect(closed.rows.map(({ type, payload }) => [type, payload.reason])).toEqual([
      ['dlq_message_discarded', 'already ended'],
    ]);
  });

  test.each([
    ['received', []],
    ['scheduled', [policyChosen(policies.scheduled)]],
    ['manual', [policyChosen()]],
    ['retrying', [policyChosen(), retryRequested()]],
  ])('can be discarded when it is %s, by whom and why', (state, events) => {
    const { record, when } = givenLetter(...events);
    expect(record.state).toBe(state);
    const { record: after, rows } = when(discardRequested());
    expect(after).toMatchObject({ state: 'discarded', final: true, fields: { nextRetryAt: null } });
    expect(deedsOf(after).at(-1)).toBe('discarded by admin-1: of no use');
    expect(rows.map(({ type, payload }) => [type, payload.reason])).toEqual([
      ['dlq_message_discarded', 'of no use'],
    ]);
    expect(deliver(after, discardRequested()).kind).toBe('unchanged');
  });

  test('about which nobody decides is discarded after its time', () => {
    const { record, when } = givenLetter(policyChosen());
    expect(record.nextDeadline).toBe(failedAt + waits.keptMs);
    const over = when(asksAgain(), failedAt + waits.keptMs);
    expect(over.record).toMatchObject({ state: 'discarded', final: true });
    expect(over.rows.map(({ payload }) => payload.reason)).toEqual(['kept for 90 days']);
  });

  test('that is being sent is asked for again, ever more rarely, and not for ever', () => {
    let record = givenLetter(policyChosen(), retryRequested()).record;
    const pauses: number[] = [];
    while (!record.final) {
      const due = record.nextDeadline ?? 0;
      pauses.push(due - record.at);
      const { record: next, effects } = deliver(record, asksAgain(), due);
      expect(effects[0]).toBe(next.final ? 'dlq_message_discarded' : 'redrive_message_command');
      record = next;
    }
    expect(pauses.slice(0, 8).map((pause) => pause / 60_000)).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
    expect(record.at).toBeGreaterThanOrEqual(failedAt + waits.keptMs);
    expect(retryingWaitMs(2_000)).toBe(waits.retryingLongestMs);
  });

  test('keeps a history that does not grow for ever', () => {
    let record = givenLetter(policyChosen()).record;
    for (let number = 1; number <= 60; number += 1)
      for (const event of [
        retryRequested(number),
        failedAgain(number),
        policyChosen(policies.manual, number),
      ])
        record = deliver(record, event).record;
    expect(contextIn(record)).toMatchObject({ redrives: 60, history: { length: 100 } });
  });

  test('of which no record was left goes on with the number that its message carried', () => {
    const { record, when } = givenRecord(letter({ redrives: 3 }), policyChosen(policies.manual, 3));
    expect(record.state).toBe('manual');
    expect(when(retryRequested(4)).effects).toEqual(['redrive_message_command']);
  });

  test('that cannot be understood is discarded when its quarantine is over, with what can be believed', () => {
    const spoilt = letter();
    spoilt.snapshot.context.redrives = 'many';
    const aside = deliver(spoilt, policyChosen());
    expect(aside.kind).toBe('quarantined');
    const over = deliver(aside.record, { type: 'TIMER_FIRED', name: 'quarantine' });
    expect(over.record).toMatchObject({ state: 'discarded', final: true, timers: [] });
    expect(contextIn(over.record)).toMatchObject({ message: deadMessage, redrives: 0, topic: 'pod_overdue' });
    expect(Value.Check(contextSchema, over.record.snapshot.context)).toBe(true);
  });

  test('that is given up from outside is final and says why', () => {
    const over = givenUp(letter(), { words: 'nobody needs it', cause: 'request', now: failedAt });
    expect(over).toMatchObject({ state: 'discarded', final: true, nextDeadline: null });
    expect(over?.outbox.map(({ payload }) => payload.reason)).toEqual(['nobody needs it']);
  });
});
