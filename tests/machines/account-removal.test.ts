// The removal of an account: nothing goes while a run is unfinished, and it is over only after a later look that found nothing.
import { describe, expect, test } from 'bun:test';
import { closingWaitMs, waits } from '#machines/account-removal/deadlines.ts';
import { contextOf } from '#machines/account-removal/snapshot.ts';
import { machineNamed } from '#machines/registry.ts';
import {
  asksAgain,
  dataRemoved,
  refused,
  removal,
  requestedAt,
  runsCounted,
} from './account-removal-events.ts';
import type { Incoming } from './execution-events.ts';
import { givenRecord } from './given.ts';

const given = (...events: Incoming[]) => givenRecord(removal(), ...events);

describe('closing', () => {
  test('asks at once, and holds the user until the end', () => {
    const record = removal();
    expect(record.outbox.map(({ type, payload }) => [type, payload])).toEqual([
      ['close_account_command', { removal_id: 'removal-1', user_id: 'user-1', number: 1 }],
    ]);
    expect(record.nextDeadline).toBe(requestedAt + waits.closingMs);
    expect(record.uniques).toEqual(['leaving:user-1']);
    expect(given(runsCounted(1)).record.uniques).toEqual(['leaving:user-1']);
    expect(given(refused()).record.uniques).toEqual([]);
  });

  test('of an admin keeps all other admins from leaving until it is closed', () => {
    const admin = removal({ isAdmin: true });
    expect(admin.uniques).toEqual(['leaving:user-1', 'leaving:admin']);
    expect(givenRecord(admin, runsCounted(1, 3)).record.uniques).toEqual(['leaving:user-1']);
    expect(givenRecord(admin, refused()).record.uniques).toEqual([]);
  });

  test('goes on while runs are unfinished, and asks ever more rarely', () => {
    const waiting = given(runsCounted(1, 2));
    expect([waiting.record.state, contextOf(waiting.record.snapshot).left]).toEqual(['closing', 2]);
    const again = waiting.when(asksAgain());
    expect([again.record.state, again.effects]).toEqual(['closing', ['close_account_command']]);
    expect(again.rows[0]?.payload.number).toBe(2);
    expect([1, 2, 3, 20].map(closingWaitMs)).toEqual([2_000, 4_000, 8_000, 60_000]);
  });

  test('hears only the answer to its latest question', () => {
    const asked = given(asksAgain());
    expect(asked.when(runsCounted(1)).kind).toBe('unchanged');
    expect(asked.when(runsCounted(2)).record.state).toBe('removing');
  });

  test('is refused only as long as the account is open', () => {
    expect(given(refused()).record).toMatchObject({ state: 'refused', final: true });
    expect(given(runsCounted(1, 1)).when(refused()).kind).toBe('unchanged');
    expect(given(runsCounted(1)).when(refused()).kind).toBe('unchanged');
  });
});

describe('removing', () => {
  test('begins once no run is unfinished', () => {
    const { record } = given(runsCounted(1));
    expect([record.state, record.nextDeadline]).toEqual(['removing', requestedAt + waits.removingMs]);
    expect(record.outbox.at(-1)).toMatchObject({
      type: 'remove_account_command',
      payload: { number: 2, attempts_name: 'digest' },
    });
  });

  test('goes back for a run that appeared meanwhile', () => {
    const back = given(runsCounted(1)).when(runsCounted(2, 1));
    expect([back.record.state, back.effects]).toEqual(['closing', ['close_account_command']]);
  });

  test('needs a second look, however clean the first was', () => {
    const first = given(runsCounted(1), dataRemoved(2));
    expect(first.record.state).toBe('removing');
    const second = givenRecord(first.record, asksAgain());
    const { number } = contextOf(second.record.snapshot);
    expect(second.when(dataRemoved(number, { left: 1 })).record.state).toBe('removing');
    const over = second.when(dataRemoved(number, { executions: 1, documents: 1 }));
    expect([over.record.state, over.effects]).toEqual(['removed', ['user_deleted']]);
    expect(over.rows[0]?.payload).toEqual({ user_id: 'user-1', deleted_by: 'user-1', reason: 'left' });
  });

  test('counts each answer once', () => {
    const counted = given(runsCounted(1), dataRemoved(2, { executions: 2, documents: 3 }));
    expect(contextOf(counted.record.snapshot)).toMatchObject({ executions: 2, documents: 3 });
    expect(counted.when(dataRemoved(2, { executions: 2 })).kind).toBe('unchanged');
  });
});

test('a removal that cannot be understood begins anew, and one of nobody is refused', () => {
  const machine = machineNamed('account-removal');
  const spoilt = { ...removal(), snapshot: { value: 'none', status: 'active' as const, context: {} } };
  const anew = machine?.abandon(spoilt, requestedAt);
  expect(anew?.snapshot).toMatchObject({ value: 'closing', context: { userId: 'user-1', isAdmin: true } });
  expect(anew?.effects.map(({ type }) => type)).toEqual(['close_account_command', 'armTimer']);
  expect(machine?.abandon({ ...spoilt, fields: {} }, requestedAt).snapshot.value).toBe('refused');
});
