// Publishing through a driver that fails, hangs or answers late.
import { describe, expect, test } from 'bun:test';
import type { Producer, ProducerBatch } from 'kafkajs';
import type { EventRecord } from '#src/adapters/kafka/event-record.ts';
import { openPublisher } from '#src/adapters/kafka/publisher.ts';
import { isUnavailable } from '#src/domain/errors.ts';
import { virtualClock } from '#tests/actors/virtual-clock.ts';
import { quietLogger } from '#tests/support/quiet-logger.ts';
import { until } from '#tests/support/until.ts';

interface Request {
  producer: number;
  values: string[];
  answer(): void;
  fail(): void;
}

function world() {
  const clock = virtualClock();
  const requests: Request[] = [];
  const left: number[] = [];
  let producers = 0;
  let stuck = 0;
  const client = {
    producer: () => {
      producers += 1;
      const number = producers;
      const driver = {
        connect: async () => undefined,
        disconnect: async () => void left.push(number),
        sendBatch: ({ topicMessages = [] }: ProducerBatch) =>
          new Promise<void>((resolve, reject) => {
            const values = topicMessages.flatMap(({ messages }) =>
              messages.map(({ value }) => String(value)),
            );
            const fail = () => reject(new Error('out of order'));
            requests.push({ producer: number, values, answer: resolve, fail });
          }),
      };
      return driver as unknown as Producer;
    },
  };
  const publisher = openPublisher({ client, clock, logger: quietLogger(), onStuck: () => void stuck++ });
  const publish = (...values: string[]) => {
    const ends: string[] = [];
    publisher.publish(values.map(record)).then(
      () => ends.push('done'),
      (error: unknown) => ends.push(isUnavailable(error) ? 'unavailable' : String(error)),
    );
    return ends;
  };
  const request = async (number: number): Promise<Request> => {
    await until(() => requests.length >= number);
    const found = requests[number - 1];
    if (found === undefined) throw new Error('no such request');
    return found;
  };
  return { clock, publisher, publish, request, requests, left, stuck: () => stuck };
}

const record = (value: string): EventRecord => ({ topic: 't', key: 'k', value, bytes: value.length });

describe('publishing', () => {
  test('sends what comes meanwhile together, one request after the other, in order', async () => {
    const { publish, request, requests } = world();
    const first = publish('a');
    (await request(1)).answer();
    await until(() => first.length === 1);
    const others = [publish('b', 'c'), publish('d')];
    const second = await request(2);
    const late = publish('e');
    expect(second.values).toEqual(['b', 'c', 'd']);
    expect(requests).toHaveLength(2);
    second.answer();
    (await request(3)).answer();
    await until(() => [...others, late].every((ends) => ends.length === 1));
    expect([first, ...others, late].flat()).toEqual(['done', 'done', 'done', 'done']);
  });

  test('after a failure goes on with a producer that knows nothing of what the brokers took', async () => {
    const { publish, request, left } = world();
    const failing = publish('a');
    const first = await request(1);
    const next = publish('b');
    first.fail();
    await until(() => failing.length === 1);
    const second = await request(2);
    expect([first.producer, second.producer, second.values]).toEqual([1, 2, ['b']]);
    expect(left).toEqual([1]);
    second.answer();
    await until(() => next.length === 1);
    expect([failing, next]).toEqual([['unavailable'], ['done']]);
  });

  test('tells its caller after five seconds, and never sends what was left of it', async () => {
    const { clock, publisher, publish, request, stuck } = world();
    const hanging = publish('a');
    const first = await request(1);
    const waiting = publish('b');
    await clock.advance(5_001);
    expect([hanging, waiting]).toEqual([['unavailable'], ['unavailable']]);
    expect([publisher.stuck(), stuck()]).toEqual([true, 1]);
    const repeated = publish('a', 'b');
    first.answer();
    const second = await request(2);
    expect(second.values).toEqual(['a', 'b']);
    second.answer();
    await until(() => repeated.length === 1);
    expect([repeated, publisher.stuck()]).toEqual([['done'], false]);
  });

  test('says so when it is closed', async () => {
    const { publisher, publish } = world();
    await publisher.close();
    const refused = publish('a');
    await until(() => refused.length === 1);
    expect(refused).toEqual(['unavailable']);
  });
});
