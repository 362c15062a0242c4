// Two versions of a machine side by side: which of them writes, and that what the older one wrote lives on in the newer one.
import { describe, expect, test } from 'bun:test';
import { readdir } from 'node:fs/promises';
import { Value } from '@sinclair/typebox/value';
import { execution } from '#machines/execution/definition.ts';
import { machineToStep, machineToWrite, registry } from '#machines/registry.ts';
import { startRecord } from '#machines/step.ts';
import type { SagaRecord } from '#src/domain/saga-record.ts';
import { admitted, cancelRequested, deadline, input, podCreated } from './execution-events.ts';
import { executionOutside } from './execution-outside.ts';
import { samples } from './explore.ts';
import { accepted, deliver, deliverTo, startedAt } from './given.ts';
import { goldenFolder } from './golden.ts';
import { nextExecution } from './next-version.ts';
import { leaks, live } from './outside.ts';

const alone = { current: execution, previous: null };
const both = { current: nextExecution, previous: execution };

test.each(registry.names.map((name) => [name]))(
  'the binary keeps the version before of %s, if there is one',
  (name) => {
    const versions = registry.versionsOf(name);
    const before = (versions?.current.version ?? 0) - 1;
    expect(versions?.previous?.version ?? 0).toBe(before);
  },
);

describe('the version that may be written', () => {
  test('is the only one, whatever others know', () => {
    for (const known of [0, 1, 2]) expect(machineToWrite(alone, known).version).toBe(1);
  });

  test('is the older one until every live process knows the newer', () => {
    expect([0, 1, 2, 3].map((known) => machineToWrite(both, known).version)).toEqual([1, 1, 2, 2]);
  });
});

describe('the version that steps a record', () => {
  const stepping = (machineVersion: number, known: number): number | null =>
    machineToStep(both, { machineVersion }, known)?.version ?? null;

  test('of the newer version is the newer one, also when somebody came back who does not know it', () => {
    expect([0, 1, 2].map((known) => stepping(2, known))).toEqual([2, 2, 2]);
  });

  test('of an older version is the one that may be written', () => {
    expect([0, 1, 2].map((known) => stepping(1, known))).toEqual([1, 1, 2]);
    expect([0, 1, 2].map((known) => stepping(0, known))).toEqual([1, 1, 2]);
  });

  test('of a version beyond all that this binary knows is none', () => {
    expect(stepping(3, 3)).toBeNull();
    expect(machineToStep(alone, { machineVersion: 2 }, 2)).toBeNull();
  });
});

describe('a record that is raised', () => {
  const stopping = deliver(deliver(accepted(), admitted()).record, cancelRequested()).record;

  test('keeps the deadline of its state, though the state has another name now', () => {
    expect(stopping).toMatchObject({ state: 'stopping', machineVersion: 1 });
    const { kind, record } = deliverTo(nextExecution, stopping, deadline(), stopping.at + 5_000);
    expect(kind).toBe('changed');
    expect(record).toMatchObject({ state: 'halting', machineVersion: 2, timers: [{ name: 'deadline' }] });
    expect(record.snapshot.context.admissions).toBe(1);
    expect(record.turns.at(-1)).toMatchObject({ from: 'halting', to: 'halting' });
  });

  test('keeps a deadline that the turn does not touch', () => {
    const starting = deliver(accepted(), admitted()).record;
    const { record } = deliverTo(nextExecution, starting, podCreated());
    expect(record.timers).toEqual(starting.timers);
  });

  test('is not written for the sake of being raised', () => {
    const { kind, record } = deliverTo(nextExecution, stopping, admitted());
    expect([kind, record]).toEqual(['unchanged', stopping]);
  });

  test('is left alone by the version before', () => {
    const { record } = deliverTo(nextExecution, stopping, deadline(), stopping.at + 5_000);
    expect(deliver(record, deadline())).toMatchObject({ kind: 'newer', record });
  });
});

const folder = new URL('snapshots/execution/v1/', goldenFolder);
const goldens: [string, SagaRecord][] = [];
for (const file of (await readdir(folder)).toSorted())
  goldens.push([file, await Bun.file(new URL(file, folder)).json()]);

describe('every snapshot of the version before', () => {
  for (const [file, record] of goldens) {
    test(`${file} is understood by the next version, and comes to the same end`, () => {
      const events = samples.execution?.events(record) ?? [];
      expect(events.length).toBeGreaterThan(0);
      for (const event of events) {
        const here = deliver(record, event);
        const there = deliverTo(nextExecution, record, event);
        expect([event, there.kind, there.effects]).toEqual([event, here.kind, here.effects]);
        if (there.kind === 'unchanged') continue;
        expect(there.record.machineVersion).toBe(2);
        expect(Value.Check(nextExecution.contextSchema, there.record.snapshot.context)).toBe(true);
        const old = live(execution, executionOutside, here);
        const raised = live(nextExecution, executionOutside, there);
        expect(raised.record.final).toBe(true);
        expect([event, endOf(raised.record)]).toEqual([event, endOf(old.record)]);
        expect([event, raised.left]).toEqual([event, []]);
        expect(raised.record.uniques).toEqual([]);
      }
    });
  }
});

test('the next version lives from its beginning to its end, and counts what it counts', () => {
  const record = startRecord(nextExecution, { id: 'run-1', input, cause: 'request-1', at: startedAt });
  for (const { interruption } of executionOutside.ways) {
    const story = live(nextExecution, executionOutside, { record, rows: record.outbox }, {}, interruption());
    expect(leaks(executionOutside, story)).toEqual([]);
    const admissions = story.record.turns.filter(({ event }) => event.type === 'ADMITTED');
    expect(story.record.snapshot.context.admissions).toBe(admissions.length);
  }
});

const endOf = ({ state, snapshot, fields }: SagaRecord) => [state, snapshot.context.verdict, fields];
