// What holds for a record of any machine that cannot be understood, in each state and for whatever reason: it is set aside,
// hears nothing but its deadline, ends once nothing of it is left, and an administrator may release it, though not for ever.
import { describe, expect, test } from 'bun:test';
import { Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import type { DurableMachine } from '#machines/durable.ts';
import { quarantineLongestMs, quarantineMs, quarantineTimer, released } from '#machines/quarantine.ts';
import { machineNamed, machineNames } from '#machines/registry.ts';
import type { Json } from '#src/domain/json.ts';
import type { SagaRecord } from '#src/domain/saga-record.ts';
import type { Incoming } from './execution-events.ts';
import { explore, samples } from './explore.ts';
import { deliver } from './given.ts';
import { fullest } from './golden.ts';
import { live, type Outside } from './outside.ts';
import { outsideOf } from './outsides.ts';

for (const name of machineNames) {
  const [machine, outside] = [machineNamed(name), outsideOf(name)];
  if (machine === null || outside === null) throw new Error(`${name} has no outside world in outsides.ts`);
  const visited = [...explore(machine).values()].map(({ record }) => record);
  for (const [state, record] of fullest(visited))
    if (!record.final) describe(`${name} in ${state}`, () => laws(machine, outside, record));
}

interface Case {
  what: string;
  record: SagaRecord;
  event: Incoming;
}

const over: Incoming = { type: 'TIMER_FIRED', name: quarantineTimer };
const asked: Incoming = { type: 'TIMER_FIRED', name: 'deadline' };
const why = { by: 'admin-1', reason: 'mended by hand' };

function laws(machine: DurableMachine, outside: Outside, intact: SagaRecord): void {
  const cases = casesOf(machine, intact);
  const events = samples[machine.name]?.events(intact) ?? [];
  const setAside = ({ record, event }: Case): SagaRecord => deliver(record, event).record;

  test('is set aside for whatever it does not understand, as it is, with a deadline', () => {
    expect(cases.length).toBeGreaterThan(10);
    for (const each of cases) {
      const { kind, record } = deliver(each.record, each.event);
      expect([each.what, kind]).toEqual([each.what, 'quarantined']);
      const { quarantine, timers, nextDeadline, version, ...rest } = record;
      const { quarantine: _, timers: __, nextDeadline: ___, version: before, ...was } = each.record;
      expect(quarantine).toEqual({ since: each.record.at, words: expect.any(String) });
      expect(timers).toEqual([
        { name: quarantineTimer, at: each.record.at + quarantineMs, arming: before + 1 },
      ]);
      expect([version, nextDeadline]).toEqual([before + 1, each.record.at + quarantineMs]);
      expect(rest).toEqual(was);
    }
  });

  test('hears nothing meanwhile', () => {
    for (const each of cases) {
      const aside = setAside(each);
      for (const event of events)
        expect([each.what, event.type, deliver(aside, event).kind]).toEqual([
          each.what,
          event.type,
          'unchanged',
        ]);
    }
  });

  test('is given up when its time is over, and ends once nothing of it is left', () => {
    for (const each of cases) {
      const given = deliver(setAside(each), over);
      expect([each.what, given.kind, given.record.quarantine]).toEqual([each.what, 'changed', null]);
      expectSound(machine, given.record);
      // What is held comes back on proof, not because nobody understands who holds it.
      const lost = intact.uniques.filter((unique) => !given.record.uniques.includes(unique));
      expect([each.what, lost]).toEqual([each.what, []]);
      expectEnded(machine, outside, intact, given, each.what);
    }
  });

  test('is released with who and why in its history, and asks at once where things stand', () => {
    for (const each of cases) {
      const aside = setAside(each);
      const record = released(aside, aside.at + 7, why);
      if (record === null) throw new Error('it was not in quarantine');
      expect(record).toMatchObject({
        version: aside.version + 1,
        quarantine: null,
        snapshot: aside.snapshot,
        uniques: aside.uniques,
        timers: [{ name: 'deadline', at: aside.at + 7, arming: aside.version + 1 }],
        nextDeadline: aside.at + 7,
      });
      expect(record.turns.at(-1)).toMatchObject({
        event: { type: 'RELEASED', ...why, words: aside.quarantine?.words, since: aside.quarantine?.since },
        from: intact.state,
        to: intact.state,
        effects: [],
      });
    }
    expect(released(intact, intact.at, why)).toBeNull();
  });

  test('lives on after its release when it was only a message that it did not understand', () => {
    for (const each of cases.filter(({ record }) => record === intact)) {
      const record = released(setAside(each), intact.at, why);
      const next = record === null ? null : deliver(record, asked);
      expect([each.what, next?.kind]).toEqual([each.what, 'changed']);
      if (next !== null) expectEnded(machine, outside, intact, next, each.what);
    }
  });

  test('lives on after its release when somebody has mended it', () => {
    for (const each of cases) {
      const record = released(setAside(each), intact.at, why);
      if (record === null) throw new Error('it was not in quarantine');
      const next = deliver({ ...record, snapshot: intact.snapshot }, asked);
      expect([each.what, next.kind]).toEqual([each.what, 'changed']);
      expectEnded(machine, outside, intact, next, each.what);
    }
  });

  test('that is released in vain is set aside again, and given up a day after the first time at the latest', () => {
    for (const each of cases.filter(({ record }) => record !== intact).slice(0, 5)) {
      let aside = setAside(each);
      const since = aside.quarantine?.since ?? 0;
      for (let releases = 0; releases < 30; releases += 1) {
        const now = (aside.nextDeadline ?? 0) - 1;
        const record = released(aside, now, why);
        if (record === null) throw new Error('it was not in quarantine');
        const again = deliver(record, asked, record.nextDeadline ?? 0);
        expect(again.kind).toBe('quarantined');
        expect(again.record.quarantine).toEqual(aside.quarantine);
        aside = again.record;
      }
      expect(aside.nextDeadline).toBe(Math.max(aside.at, since + quarantineLongestMs));
      const given = deliver(aside, over, aside.nextDeadline ?? 0);
      expect(given.kind).toBe('changed');
      expectEnded(machine, outside, intact, given, each.what);
    }
  });
}

/** Every way in which this record, or a message to it, may not be understood. */
function casesOf(machine: DurableMachine, intact: SagaRecord): Case[] {
  const { context } = intact.snapshot;
  const withContext = (changed: SagaRecord['snapshot']['context']): SagaRecord => ({
    ...intact,
    snapshot: { ...intact.snapshot, context: changed },
  });
  const fields = Object.keys(context).flatMap((field): Case[] => {
    const { [field]: _, ...without } = context;
    const wrong = unfit(machine, (value) => ({ ...context, [field]: value }));
    const absent = Value.Check(machine.contextSchema, without) ? [] : [withContext(without)];
    const broken = wrong === undefined ? [] : [withContext({ ...context, [field]: wrong })];
    return [...broken, ...absent].map((record) => ({
      what: `${field} ${JSON.stringify(record.snapshot.context[field])}`,
      record,
      event: asked,
    }));
  });
  const unfitEvents = Object.entries(machine.events)
    .filter(([type, schema]) => type !== 'TIMER_FIRED' && !Value.Check(schema, { type, at: intact.at }))
    .map(([type]): Case => ({ what: `a bare ${type}`, record: intact, event: { type } }));
  const lost = { ...intact, snapshot: { ...intact.snapshot, value: 'nowhere' } };
  return [
    ...fields,
    ...unfitEvents,
    { what: 'no context at all', record: withContext({}), event: asked },
    { what: 'an unknown state', record: lost, event: asked },
    { what: 'an unknown event', record: intact, event: { type: 'HELLO' } },
  ];
}

/** A value that no version ever wrote there; none where it may be anything. */
function unfit(machine: DurableMachine, place: (value: Json) => object): Json | undefined {
  const values: Json[] = [{ no: 'such thing' }, 'nothing', null, -1, false];
  return values.find((value) => !Value.Check(machine.contextSchema, place(value)));
}

function expectSound(machine: DurableMachine, record: SagaRecord): void {
  expect(Value.Check(machine.contextSchema, record.snapshot.context)).toBe(true);
  const unfitRows = record.outbox.filter(
    ({ type, payload }) => !Value.Check(machine.effects[type] ?? Type.Never(), payload),
  );
  expect(unfitRows).toEqual([]);
}

function expectEnded(
  machine: DurableMachine,
  outside: Outside,
  intact: SagaRecord,
  after: Pick<ReturnType<typeof deliver>, 'record' | 'rows'>,
  what: string,
): void {
  const { record, left } = live(machine, { ...outside, world: () => outside.world(intact) }, after);
  expect([what, record.final, record.uniques, record.timers, left]).toEqual([what, true, [], [], []]);
}
