// Laws of every command that a machine sends: fail it, repeat it, deliver everything twice, late or in another order, and it
// still ends alike, and nothing leaks. The outside world of each machine is its sample in outsides.ts.
import { describe, expect, test } from 'bun:test';
import type { DurableMachine } from '#machines/durable.ts';
import { machineNamed, machineNames } from '#machines/registry.ts';
import { explore } from './explore.ts';
import { type Faults, leaks, live, type Outside, type Story, type Way } from './outside.ts';
import { outsideOf } from './outsides.ts';

/** Different enough that each pair of topics meets in both orders. */
const orders = Array.from({ length: 10 }, (_, index) => index * 7_919 + 1);

for (const name of machineNames) {
  const machine = machineNamed(name);
  if (machine === null) throw new Error(`${name} is named but not there`);
  const outside = outsideOf(name);
  test(`${name} has an outside world in outsides.ts`, () => expect(outside).not.toBeNull());
  if (outside === null) continue;
  for (const way of outside.ways) describe(`${name} ${way.name}`, () => laws(machine, outside, way));
}

function laws(machine: DurableMachine, outside: Outside, way: Way): void {
  const play = (faults: Faults = {}): Story => {
    const record = outside.begin();
    return live(machine, outside, { record, rows: record.outbox }, faults, way.interruption());
  };
  const plain = play();
  const clean = (faults: Faults): Story => {
    const story = play(faults);
    expect([faults, leaks(outside, story)]).toEqual([faults, []]);
    return story;
  };
  const alike = (faults: Faults): void => {
    expect([faults, outside.outcome(clean(faults).record)]).toEqual([faults, outside.outcome(plain.record)]);
  };
  const numbers = [...plain.commands.keys()];

  test('leaves nothing behind', () => void clean({}));

  test('leaves nothing behind whichever of its commands fails', () => {
    for (const failed of numbers) clean({ failed });
  });

  test('ends alike whichever of its commands is done twice', () => {
    for (const repeated of numbers) {
      alike({ repeated });
      expect(play({ repeated }).said).toEqual(plain.said);
    }
  });

  test('leaves nothing behind whichever of its commands fails and whichever later one is done twice', () => {
    for (const failed of numbers) {
      const later = play({ failed }).commands.length;
      for (let repeated = failed + 1; repeated < later; repeated += 1) clean({ failed, repeated });
    }
  });

  test('ends alike when every message comes twice', () => {
    alike({ doubled: true });
    const story = play({ doubled: true });
    expect(story.record.snapshot).toEqual(plain.record.snapshot);
    expect(story.said).toEqual(plain.said);
  });

  test('leaves nothing behind though commands fail and messages come twice', () => {
    for (const failed of numbers) clean({ failed, doubled: true });
  });

  test('is not changed by a message that comes again, after whichever others', () => {
    alike({ late: true });
    for (const failed of numbers) clean({ failed, late: true });
  });

  test('ends alike in whatever order the topics tell it', () => {
    for (const order of orders) {
      alike({ order });
      alike({ order, doubled: true });
      alike({ order, late: true });
    }
  });

  test('leaves nothing behind in whatever order the topics tell it, whichever command fails', () => {
    for (const order of orders) for (const failed of numbers) clean({ order, failed });
  });
}

describe('messages of another attempt', () => {
  const machine = machineNamed('execution');
  if (machine === null) throw new Error('the execution machine is not registered');
  const all = [...explore(machine).values()];

  test('change nothing, but that a held pod is gone', () => {
    for (const { record, outcomes } of all) {
      const { attempt, held, evidence } = record.snapshot.context;
      for (const { event, outcome } of outcomes) {
        if (!('attempt' in event) || event.attempt === attempt) continue;
        const gone =
          event.type === 'POD_DELETED' && Array.isArray(held) && held.includes(event.attempt ?? null);
        const expected = gone && !record.final ? 'changed' : 'unchanged';
        expect([record.state, event.type, outcome.kind]).toEqual([record.state, event.type, expected]);
        expect(outcome.record.snapshot.context.evidence).toEqual(evidence ?? null);
      }
    }
  });

  test('a slot comes back only on proof, whatever else happens', () => {
    for (const { record, outcomes } of all) {
      for (const { event, outcome } of outcomes) {
        const kept = record.uniques.filter((unique) => outcome.record.uniques.includes(unique));
        if (event.type !== 'POD_DELETED') expect(kept).toEqual(record.uniques);
      }
    }
  });
});
