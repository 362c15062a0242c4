// Events as records: what is too large is refused before it is sent, and what none of us wrote is recognised.
import { describe, expect, test } from 'bun:test';
import { eventIn, eventRecord } from '#src/adapters/kafka/event-record.ts';
import type { DomainEvent } from '#src/domain/events.ts';
import { postponed } from '#src/domain/postponed.ts';
import { sampleEvent } from '#tests/contract/sample-event.ts';

/** A run's id makes the payload so large; sent again as a dead letter, a message has more metadata. */
const large = (bytes: number): DomainEvent => ({
  ...sampleEvent('e1', 'a'),
  type: 'pod_overdue',
  payload: { execution_id: 'ü'.repeat((bytes - empty) / 2), attempt: 1 },
  metadata: { service: 'x'.repeat(4_096), serviceVersion: '1.0.0' },
});
const empty = JSON.stringify({ execution_id: '', attempt: 1 }).length;

describe('a record', () => {
  test('holds an event whole, under its key', () => {
    const event = sampleEvent('e1', 'a');
    const record = eventRecord(event, 'x.inspect_pod_command');
    expect(record).toMatchObject({ topic: 'x.inspect_pod_command', key: 'a' });
    expect(eventIn(Buffer.from(record.value))).toEqual(event);
  });

  test('that waits for a newer process takes another way each round, under the key of its event', () => {
    const first = postponed(sampleEvent('e1', 'a'), 'g', 1_000);
    const rounds = [first, postponed(first, 'g', 2_000)].map((event) => eventRecord(event, 't'));
    expect(new Set(['a', ...rounds.map(({ key }) => key)]).size).toBe(3);
    expect(rounds.map(({ value }) => eventIn(Buffer.from(value))?.key)).toEqual(['a', 'a']);
  });

  test('may have 256 KiB of payload; more is refused, which no repetition mends', () => {
    expect(eventRecord(large(256 * 1024), 't').bytes).toBeGreaterThan(256 * 1024);
    const refused = expect.objectContaining({ kind: 'oversized' });
    expect(() => eventRecord(large(256 * 1024 + 2), 't')).toThrow(refused);
  });

  test.each([
    ['nothing', null],
    ['text', 'hello'],
    ['a list', '[]'],
    ['no event', '{}'],
    ['an unknown type', JSON.stringify({ ...sampleEvent('e1', 'a'), type: 'from_elsewhere' })],
    ['no metadata', JSON.stringify({ ...sampleEvent('e1', 'a'), metadata: null })],
  ])('with %s is none of ours', (_, value) => {
    expect(eventIn(value === null ? null : Buffer.from(value))).toBeNull();
  });
});
