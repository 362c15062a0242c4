// What an engine of Records promises for events that are given to a write: published with it, or left in the outbox; never
// anything between.
import { describe, expect, test } from 'bun:test';
import type { DomainEvent } from '#src/domain/events.ts';
import type { SagaRecord } from '#src/domain/saga-record.ts';
import type { Bus } from '#src/ports/bus.ts';
import type { Records } from '#src/ports/records.ts';
import { listening } from './bus-listeners.ts';
import { type Harness, using } from './harness.ts';
import { sampleEvent } from './sample-event.ts';
import { nextVersion, sampleMachine, sampleRecord, sampleRow } from './sample-record.ts';

export interface PublishingHarness extends Harness {
  records: Records;
  bus: Bus;
  /** What this engine does with them. */
  publishes: boolean;
}

const eventsOf = ({ id, outbox }: SagaRecord): DomainEvent[] =>
  outbox.map((row) => sampleEvent(row.id, id, 'inspect_pod_command', row.at));

const first = sampleRecord('a', { uniques: ['one'], outbox: [sampleRow(1, 1_000), sampleRow(2, 1_000)] });
const second = nextVersion(first, { uniques: [], outbox: [sampleRow(3, 2_000)], nextRow: 4, sentThrough: 2 });

export function testPublishing(name: string, factory: () => Promise<PublishingHarness>): void {
  const opened = using(factory);
  describe(`${name}: events given to a write`, () => {
    test(
      'are published with it and marked as sent, or left in the outbox',
      opened(async ({ records, bus, publishes, settle }) => {
        const { seen } = await listening(bus, 'g');
        const said = publishes ? { published: true as const } : {};
        const sentThrough = publishes ? 2 : 0;
        expect(await records.insert(first, eventsOf(first))).toEqual({ kind: 'inserted', ...said });
        expect(await records.load(sampleMachine, 'a')).toEqual({ ...first, sentThrough });
        expect(await records.unsent(9_000, 10)).toHaveLength(publishes ? 0 : 1);
        expect(await records.commit(second, eventsOf(second))).toEqual({ kind: 'committed', ...said });
        expect(await records.load(sampleMachine, 'a')).toEqual({ ...second, sentThrough: publishes ? 3 : 2 });
        await bus.publish([sampleEvent('last', 'a')]);
        await settle(() => seen.includes('last'));
        expect(seen).toEqual(publishes ? ['row-1', 'row-2', 'row-3', 'last'] : ['last']);
      }),
    );

    test(
      'are not published when the write changes nothing',
      opened(async ({ records, bus, settle }) => {
        const { seen } = await listening(bus, 'g');
        await records.insert(first);
        const taken = sampleRecord('b', { uniques: ['one'], outbox: first.outbox });
        expect((await records.insert(first, eventsOf(first))).kind).toBe('exists');
        expect((await records.insert(taken, eventsOf(taken))).kind).toBe('taken');
        expect((await records.commit(first, eventsOf(first))).kind).toBe('conflict');
        await records.insert(sampleRecord('c'));
        const wanting = nextVersion(sampleRecord('c'), { uniques: ['one'], outbox: second.outbox });
        expect((await records.commit(wanting, eventsOf(wanting))).kind).toBe('taken');
        await bus.publish([sampleEvent('last', 'a')]);
        await settle(() => seen.length > 0);
        expect(seen).toEqual(['last']);
        expect(await records.load(sampleMachine, 'a')).toEqual(first);
      }),
    );

    test(
      'leave alone what is written without any',
      opened(async ({ records }) => {
        await records.insert(first);
        expect(await records.commit({ ...second, sentThrough: 0 })).toEqual({ kind: 'committed' });
        expect((await records.load(sampleMachine, 'a'))?.sentThrough).toBe(0);
        expect(await records.unsent(9_000, 10)).toHaveLength(1);
      }),
    );
  });
}
