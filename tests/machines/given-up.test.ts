// What becomes of a record that an operator gives up: it ends at once, holds nothing, and says so once.
import { describe, expect, test } from 'bun:test';
import { Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { contextSchema } from '#machines/execution/context-schema.ts';
import { givenUp } from '#machines/given-up.ts';
import { machineNamed, machineNames } from '#machines/registry.ts';
import type { SagaRecord } from '#src/domain/saga-record.ts';
import {
  admitted,
  podCreated,
  podDeleted,
  podExited,
  podLost,
  podRunning,
  resultSealed,
} from './execution-events.ts';
import { explore } from './explore.ts';
import { accepted, deliver, given } from './given.ts';

const giving = { words: 'restored from a backup', cause: 'restore-1', now: 5_000_000 };
const running = [admitted(), podCreated(), podRunning()];

function ended(record: SagaRecord): SagaRecord {
  const after = givenUp(record, giving);
  if (after === null) throw new Error('it was final already');
  return after;
}

const effectsOf = (record: SagaRecord): string[] => record.outbox.map(({ type }) => type);

describe('a record that is given up', () => {
  const states: [string, SagaRecord][] = [
    ['queued', accepted()],
    ['starting', given(admitted()).record],
    ['running', given(...running).record],
    ['waiting for its next attempt', given(...running, podLost()).record],
    ['collecting', given(...running, podExited()).record],
    ['in quarantine', deliver(given(...running).record, { type: 'HELLO' }).record],
  ];
  test.each(states)('ends as lost when it is %s, and holds nothing', (_, record) => {
    const after = ended(record);
    expect(after).toMatchObject({
      state: 'errored',
      final: true,
      timers: [],
      nextDeadline: null,
      uniques: [],
    });
    expect(after.version).toBe(record.version + 1);
    expect(after.fields).toMatchObject({ reason: 'lost', heldCount: 0, status: 'error' });
    const { verdict, evidence } = after.snapshot.context;
    expect(evidence).toEqual({ lost: { words: giving.words } });
    expect(verdict).toMatchObject({
      message: 'The run was lost, through no fault of the script: restored from a backup.',
    });
    expect(Value.Check(contextSchema, after.snapshot.context)).toBe(true);
  });

  test.each(states)(
    'says its end and what it gives back, and no order that it gave before, when it is %s',
    (_, record) => {
      const said = effectsOf(ended(record));
      const held = record.uniques.length;
      const released = Array.from({ length: held }, () => 'release_resources_command');
      const around = held === 0 ? [[], []] : [['saga_compensating'], ['saga_compensated']];
      expect(said).toEqual([
        ...(around[0] ?? []),
        'execution_failed',
        'result_failed',
        ...released,
        ...(around[1] ?? []),
        'saga_failed',
      ]);
    },
  );

  test('numbers its rows after those that it silenced', () => {
    const record = given(...running).record;
    const after = ended(record);
    expect(after.outbox[0]?.n).toBe(record.nextRow);
    expect(after.sentThrough).toBe(record.nextRow - 1);
  });

  test('keeps a verdict that fell before, and says only that the slot is back', () => {
    const after = ended(given(...running, podExited(), resultSealed()).record);
    expect(after).toMatchObject({ state: 'completed', final: true, uniques: [] });
    expect(after.fields).toMatchObject({ reason: 'exited' });
    expect(effectsOf(after)).toEqual(['release_resources_command', 'saga_compensated', 'saga_completed']);
  });

  test('keeps the key that makes a request idempotent', () => {
    const record = accepted();
    expect(ended({ ...record, uniques: ['key:user-1:a'] }).uniques).toEqual(['key:user-1:a']);
  });

  test('is left alone when it is final', () => {
    const { record } = given(...running, podExited(), resultSealed(), podDeleted());
    expect(record.final).toBe(true);
    expect(givenUp(record, giving)).toBeNull();
  });

  test('of a newer version is not touched', () => {
    expect(() => givenUp({ ...accepted(), machineVersion: 99 }, giving)).toThrow('newer version');
  });

  test('shows in its history why, at a time that never goes back', () => {
    const record = { ...given(...running).record, at: 9_000_000 };
    const after = ended(record);
    expect(after.at).toBe(9_000_000);
    expect(after.turns.at(-1)).toMatchObject({
      event: { type: 'GIVEN_UP', words: giving.words },
      to: 'errored',
    });
  });
});

for (const name of machineNames) {
  const machine = machineNamed(name);
  if (machine === null) throw new Error(`${name} is named but not there`);
  const all = [...explore(machine).values()];

  test(`every record that the machine ${name} can come to is final once it is given up`, () => {
    for (const { record, path } of all) {
      const after = givenUp(record, giving);
      if (after === null) {
        expect([path, record.final]).toEqual([path, true]);
        continue;
      }
      expect(machine.machine.states[after.state]?.type).toBe('final');
      expect(after).toMatchObject({ final: true, timers: [], nextDeadline: null, uniques: [] });
      expect(Value.Check(machine.contextSchema, after.snapshot.context)).toBe(true);
      const unfit = after.outbox.filter(
        ({ type, payload }) => !Value.Check(machine.effects[type] ?? Type.Never(), payload),
      );
      expect([path, unfit]).toEqual([path, []]);
    }
  });
}
