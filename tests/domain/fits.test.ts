// A schema made into code answers as the schema that is walked: for what the tree's own samples are, and for what is not.
import { describe, expect, test } from 'bun:test';
import { Value } from '@sinclair/typebox/value';
import { machineNamed, machineNames } from '#machines/registry.ts';
import { eventPayloads } from '#src/domain/event-payloads.ts';
import { fits } from '#src/domain/fits.ts';
import {
  admitted,
  podDeleted,
  podExited,
  podRunning,
  resultSealed,
} from '#tests/machines/execution-events.ts';
import { given } from '#tests/machines/given.ts';

const finished = [admitted(), podRunning(), podExited(), resultSealed(), podDeleted()];
const { record } = given(...finished);
const { context } = record.snapshot;
/** The sample with one field left out, turned into nothing, or of another type; and with one more. */
const spoilt = [
  ...Object.keys(context).flatMap((field) => [
    Object.fromEntries(Object.entries(context).filter(([name]) => name !== field)),
    { ...context, [field]: null },
    { ...context, [field]: { other: 'form' } },
  ]),
  { ...context, more: 1 },
];

describe('whether a value fits', () => {
  test('is what the schema says, of a machine that runs', () => {
    const schema = machineNamed('execution')?.contextSchema;
    if (schema === undefined) throw new Error('there is no such machine');
    expect(fits(schema, context)).toBe(true);
    expect(spoilt.map((value) => fits(schema, value))).toEqual(
      spoilt.map((value) => Value.Check(schema, value)),
    );
    expect(spoilt.filter((value) => !fits(schema, value)).length).toBeGreaterThan(20);
  });

  test('is what the schema says, of every event', () => {
    const schemas = [
      ...Object.values(eventPayloads),
      ...machineNames.flatMap((name) => Object.values(machineNamed(name)?.events ?? {})),
    ];
    const said = record.turns.flatMap(({ event }) => [event, { ...event, at: 'noon' }]);
    const told = record.outbox.map(({ payload }) => payload);
    const values = [{}, null, 'text', context, ...said, ...told];
    for (const schema of schemas) {
      expect(values.map((value) => fits(schema, value))).toEqual(
        values.map((value) => Value.Check(schema, value)),
      );
    }
  });
});
