// Events as records: what is too large is refused before it is sent, and what none of us wrote is recognised.
import { describe, expect, test } from 'bun:test';
import { eventIn, eventRecord } from '#src/adapters/kafka/event-record.ts';
import { sampleEvent } from '#tests/contract/sample-event.ts';

const large = (bytes: number) => ({ ...sampleEvent('e1', 'a'), id: 'ü'.repeat(bytes / 2) });

describe('a record', () => {
  test('holds an event whole, under its key', () => {
    const event = sampleEvent('e1', 'a');
    const record = eventRecord(event, 'x.inspect_pod_command');
    expect(record).toMatchObject({ topic: 'x.inspect_pod_command', key: 'a' });
    expect(eventIn(Buffer.from(record.value))).toEqual(event);
  });

  test('may have 256 KiB, and more is refused as too large, which no repetition mends', () => {
    expect(eventRecord(large(256 * 1024 - 1_024), 't').bytes).toBeGreaterThan(255 * 1024);
    expect(() => eventRecord(large(256 * 1024), 't')).toThrow('An event may have up to 262144 bytes');
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
