// What waits to be sent: in order, in requests that brokers take, and bounded.
import { describe, expect, test } from 'bun:test';
import type { EventRecord } from '#src/adapters/kafka/event-record.ts';
import { sendQueue, type Waiting } from '#src/adapters/kafka/send-queue.ts';

const records = (count: number, bytes = 100, name = 'r'): EventRecord[] =>
  Array.from({ length: count }, (_, index) => ({ topic: 't', key: 'k', value: `${name}${index}`, bytes }));

const valuesOf = (batch: readonly Waiting[]) => batch.map(({ record }) => record.value);
const failure = new Error('gone');

describe('what waits to be sent', () => {
  test('goes in the order in which it came, and its callers hear when all of theirs went', async () => {
    const queue = sendQueue();
    const first = queue.add(records(600));
    const second = queue.add(records(600, 100, 's'));
    const batch = queue.next();
    expect(valuesOf(batch)).toEqual([
      ...valuesOf(batch).slice(0, 600),
      ...records(400, 100, 's').map(({ value }) => value),
    ]);
    queue.sent(batch);
    await first.answer;
    expect(second.left).toBe(200);
    queue.sent(queue.next());
    await second.answer;
    expect(queue.next()).toEqual([]);
  });

  test('is cut before a request gets too large, but a large record goes alone', () => {
    const queue = sendQueue();
    queue.add(records(5, 200 * 1024));
    expect(queue.next()).toHaveLength(2);
    queue.add(records(1, 900 * 1024));
    expect([queue.next().length, queue.next().length, queue.next().length]).toEqual([2, 1, 1]);
  });

  test('of a call that failed is not sent any more, and everything else is', async () => {
    const queue = sendQueue();
    const failing = queue.add(records(1_500));
    const other = queue.add(records(2, 100, 's'));
    queue.failed(queue.next(), failure);
    expect(failing.answer).rejects.toBe(failure);
    const batch = queue.next();
    expect(valuesOf(batch)).toEqual(['s0', 's1']);
    queue.sent(batch);
    await other.answer;
  });

  test('is forgotten when its caller gives up, also while some of it is on its way', async () => {
    const queue = sendQueue();
    const call = queue.add(records(1_200));
    const batch = queue.next();
    queue.giveUp(call, failure);
    expect(call.answer).rejects.toBe(failure);
    expect(queue.next()).toEqual([]);
    queue.sent(batch);
  });

  test('is bounded in number and in bytes, and there is room again once it went', () => {
    const byNumber = sendQueue();
    byNumber.add(records(10_000));
    expect(byNumber.hasRoom()).toBe(false);
    byNumber.sent(byNumber.next());
    expect(byNumber.hasRoom()).toBe(true);
    const byBytes = sendQueue();
    const call = byBytes.add(records(200, 200 * 1024));
    expect(byBytes.hasRoom()).toBe(false);
    byBytes.giveUp(call, failure);
    expect(call.answer).rejects.toBe(failure);
    expect(byBytes.hasRoom()).toBe(true);
  });
});
