// Laws of every command that a run sends: fail it, repeat it, deliver everything twice or late, and nothing leaks.
import { describe, expect, test } from 'bun:test';
import { machineNamed } from '#machines/registry.ts';
import type { SagaRecord } from '#src/domain/saga-record.ts';
import { cancelRequested, type Incoming, podLost, podOverdue, podUnstartable } from './execution-events.ts';
import { explore } from './explore.ts';
import { live, type Story } from './outside.ts';

/** Once, as soon as the run is in that state. */
function once(state: string, event: Incoming): (record: SagaRecord) => Incoming | null {
  let told = false;
  return (record) => {
    if (told || record.state !== state) return null;
    told = true;
    return event;
  };
}

const ways: [string, () => ((record: SagaRecord) => Incoming | null) | undefined][] = [
  ['that goes well', () => undefined],
  ['that is cancelled in the queue', () => once('queued', cancelRequested())],
  ['that is cancelled while it starts', () => once('starting', cancelRequested())],
  ['that loses its pod', () => once('starting', podLost())],
  ['that cannot start at first', () => once('starting', podUnstartable())],
  ['that is overdue', () => once('starting', podOverdue())],
];

const terminal = ['execution_completed', 'execution_failed', 'execution_timeout', 'execution_cancelled'];

function expectClean(story: Story): void {
  const { record, said, pods } = story;
  expect(record.final).toBe(true);
  expect(record.uniques).toEqual([]);
  expect(record.snapshot.context.held).toEqual([]);
  expect(pods).toEqual([]);
  expect(said.filter((type) => terminal.includes(type))).toHaveLength(1);
  const results = said.filter((type) => type === 'result_stored' || type === 'result_failed');
  expect(results).toHaveLength(1);
  const allocated = said.filter((type) => type === 'allocate_resources_command');
  const released = said.filter((type) => type === 'release_resources_command');
  expect(released).toHaveLength(allocated.length);
}

describe.each(ways)('a run %s', (_, interruption) => {
  const plain = live({}, interruption());

  test('leaves nothing behind', () => expectClean(plain));

  test('leaves nothing behind whichever of its commands fails', () => {
    for (const failed of plain.commands.keys()) expectClean(live({ failed }, interruption()));
  });

  test('ends alike whichever of its commands is done twice', () => {
    for (const repeated of plain.commands.keys()) {
      const story = live({ repeated }, interruption());
      expectClean(story);
      expect(story.record.fields).toEqual(plain.record.fields);
      expect(story.said).toEqual(plain.said);
    }
  });

  test('ends alike when every message comes twice', () => {
    const story = live({ doubled: true }, interruption());
    expect(story.record.snapshot).toEqual(plain.record.snapshot);
    expect(story.said).toEqual(plain.said);
  });

  test('ends alike though commands fail and messages come twice', () => {
    for (const failed of plain.commands.keys()) expectClean(live({ failed, doubled: true }, interruption()));
  });
});

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
