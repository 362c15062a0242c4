// What holds for every durable machine, whatever it is about. Records are found by exploring, not written by hand.
import { describe, expect, test } from 'bun:test';
import { Value } from '@sinclair/typebox/value';
import type { DurableMachine } from '#machines/durable.ts';
import { machineNamed, machineNames } from '#machines/registry.ts';
import { answered, chartOf } from './chart.ts';
import { explore, type Visited } from './explore.ts';
import { deliver } from './given.ts';

for (const name of machineNames) {
  const machine = machineNamed(name);
  if (machine === null) throw new Error(`${name} is named but not there`);
  describe(`the machine ${name}`, () => laws(machine));
}

test('a name that nobody registered is no machine', () => {
  expect(machineNamed('constructor')).toBeNull();
});

function laws(machine: DurableMachine): void {
  const all = [...explore(machine).values()];
  const stateNames = Object.keys(machine.machine.states);

  test('every state is reached', () => {
    expect([...new Set(all.map(({ record }) => record.state))].toSorted()).toEqual(stateNames.toSorted());
  });

  test('from every record a final one can be reached', () => {
    const hopeful = reachingFinal(explore(machine));
    const stuck = all.filter(({ record, outcomes }) => outcomes.length > 0 && !hopeful.has(record));
    expect(stuck.map(({ path }) => path)).toEqual([]);
  });

  test('every unfinished record has one deadline, and a final one has none', () => {
    for (const { record } of all) {
      expect(record.timers.map(({ name: timer }) => timer)).toEqual(record.final ? [] : ['deadline']);
      expect(record.nextDeadline).toBe(record.timers[0]?.at ?? null);
    }
  });

  test('a final record changes no more', () => {
    for (const { record, outcomes } of all.filter(({ record: { final } }) => final)) {
      expect(machine.machine.states[record.state]?.type).toBe('final');
      expect(outcomes.every(({ outcome }) => outcome.kind === 'unchanged')).toBe(true);
    }
  });

  test('a record survives JSON as it is', () => {
    for (const { record } of all) expect(JSON.parse(JSON.stringify(record))).toStrictEqual(record);
  });

  test('nothing that can come puts a record in quarantine', () => {
    const aside = all.flatMap(({ outcomes }) =>
      outcomes.filter(({ outcome }) => outcome.kind === 'quarantined'),
    );
    expect(aside.map(({ outcome }) => outcome.record.quarantine)).toEqual([]);
    for (const { record } of all)
      expect(Value.Check(machine.contextSchema, record.snapshot.context)).toBe(true);
  });

  test('every event is either answered by a state or ignored by it on purpose, never both', () => {
    for (const state of stateNames) {
      const answers = machine.machine.states[state]?.type === 'final' ? [] : answered(machine.machine, state);
      expect([state, [...answers, ...(machine.ignored[state] ?? [])].toSorted()]).toEqual([
        state,
        Object.keys(machine.events).toSorted(),
      ]);
    }
    expect(Object.keys(machine.ignored).toSorted()).toEqual(stateNames.toSorted());
  });

  test('every kind of event is tried, and fits its schema', () => {
    const tried = new Set<string>();
    for (const { outcomes } of all) {
      for (const { event } of outcomes) tried.add(event.type);
    }
    expect([...tried].toSorted()).toEqual(Object.keys(machine.events).toSorted());
  });

  test('every effect fits its schema, and every listed effect occurs', () => {
    const seen = new Set<string>();
    const asked = all.flatMap(({ outcomes }) => outcomes.flatMap(({ outcome }) => outcome.rows));
    for (const row of [...all.flatMap(({ record }) => record.outbox), ...asked]) {
      const schema = machine.effects[row.type];
      if (schema === undefined) throw new Error(`the effect ${row.type} is not listed`);
      if (!Value.Check(schema, row.payload)) throw new Error(`the payload of ${row.type} does not fit`);
      seen.add(row.type);
    }
    expect([...seen].toSorted()).toEqual(Object.keys(machine.effects).toSorted());
  });

  test('no two rows of a record share an id, and none is skipped', () => {
    for (const { record } of all) {
      expect(new Set(record.outbox.map(({ id }) => id)).size).toBe(record.outbox.length);
      expect(record.outbox.map(({ n }) => n)).toEqual(record.outbox.map((_, index) => index + 1));
    }
  });

  test('an event that led here changes nothing when it comes again, whichever way led here', () => {
    for (const { path, outcomes } of all) {
      for (const { event, outcome } of outcomes.filter(({ outcome: { kind } }) => kind === 'changed')) {
        const { record } = outcome;
        const told = [...path, event].filter(({ type }) => type !== 'TIMER_FIRED');
        const moved = told.filter((earlier) => deliver(record, earlier).kind !== 'unchanged');
        expect([record.state, moved]).toEqual([record.state, []]);
      }
    }
  });

  test('each turn raises the version by one, never goes back in time and changes nothing of the record before it', () => {
    for (const { record, outcomes } of all) {
      for (const { outcome } of outcomes.filter(({ outcome: { kind } }) => kind === 'changed')) {
        expect(outcome.record.version).toBe(record.version + 1);
        expect(outcome.record.at).toBeGreaterThanOrEqual(record.at);
      }
    }
    const { record, outcomes } = all[0] ?? { record: null, outcomes: [] };
    const before = JSON.stringify(record);
    for (const { event } of outcomes) if (record !== null) deliver(record, event);
    expect(JSON.stringify(record)).toBe(before);
  });

  test('the chart only waits for events: nothing runs, waits or remembers inside it', () => {
    const walk = (node: (typeof machine.machine.states)[string]): void => {
      expect([node.invoke.length, node.after.length, node.type === 'history']).toEqual([0, 0, false]);
      for (const child of Object.values(node.states)) walk(child);
    };
    walk(machine.machine.root);
    expect(JSON.stringify(chartOf(machine.machine))).not.toContain('inline');
  });
}

/** Walks backwards from the final records. */
function reachingFinal(visited: Map<string, Visited>): Set<Visited['record']> {
  const hopeful = new Set<Visited['record']>();
  for (const { record } of visited.values()) if (record.final) hopeful.add(record);
  for (let before = -1; before !== hopeful.size; ) {
    before = hopeful.size;
    for (const { record, outcomes } of visited.values()) {
      const leads = outcomes.some(({ to }) => {
        const next = visited.get(to);
        return next !== undefined && hopeful.has(next.record);
      });
      if (leads) hopeful.add(record);
    }
  }
  return hopeful;
}
