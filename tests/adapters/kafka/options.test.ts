// What is refused before anything is opened, and that the driver is still the one that is mended.
import { describe, expect, test } from 'bun:test';
import requestQueue from 'kafkajs/src/network/requestQueue/index.js';
import { checkOptions, type KafkaOptions } from '#src/adapters/kafka/options.ts';
import { quietQueues } from '#src/adapters/kafka/quiet-queue.ts';
import { virtualClock } from '#tests/actors/virtual-clock.ts';
import { quietLogger } from '#tests/support/quiet-logger.ts';

const options: KafkaOptions = {
  brokers: ['127.0.0.1:9092', 'kafka.example:9092'],
  prefix: 'greenroom.',
  partitions: 6,
  replication: 1,
  retentionMs: 1,
  clientId: 'test',
  clock: virtualClock(),
  logger: quietLogger(),
};

describe('settings of Kafka', () => {
  test('that fit are taken', () => {
    expect(() => checkOptions(options)).not.toThrow();
  });

  test.each([
    ['no broker', { brokers: [] }, 'no broker is named'],
    ['a broker without a port', { brokers: ['localhost'] }, '"localhost" is no address of a broker'],
    [
      'an address that the driver does not understand',
      { brokers: ['[::1]:9092'] },
      '"[::1]:9092" is no address',
    ],
    ['a prefix that no topic may have', { prefix: 'a/b' }, '"a/b" cannot begin the name of a topic'],
    ['a long prefix', { prefix: 'x'.repeat(240) }, 'cannot begin the name of a topic'],
    ['half a partition', { partitions: 0.5 }, 'partitions is 0.5; allowed is an integer from 1'],
  ])('with %s are refused', (_, change, words) => {
    expect(() => checkOptions({ ...options, ...change })).toThrow(words);
  });
});

test("the driver's queue asks for no timer while nothing waits in it", () => {
  quietQueues();
  const queue = Object.assign(Object.create(requestQueue.prototype), {
    throttledUntil: -1,
    throttleCheckTimeoutId: null,
    pending: [],
  });
  queue.scheduleCheckPendingRequests();
  expect(queue.throttleCheckTimeoutId).toBeNull();
  queue.pending = ['a request'];
  queue.scheduleCheckPendingRequests();
  expect(queue.throttleCheckTimeoutId).not.toBeNull();
  clearTimeout(queue.throttleCheckTimeoutId);
});
