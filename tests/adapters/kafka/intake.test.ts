// How many messages are taken: a window for each partition, and a bound for all that waits in memory.
import { describe, expect, test } from 'bun:test';
import type { EachBatchPayload } from 'kafkajs';
import { newGeneration } from '#src/adapters/kafka/generation.ts';
import { intake } from '#src/adapters/kafka/intake.ts';
import { keyLanes } from '#src/adapters/kafka/lanes.ts';
import type { DomainEvent } from '#src/domain/events.ts';
import { virtualClock } from '#tests/actors/virtual-clock.ts';
import { sampleEvent } from '#tests/contract/sample-event.ts';
import { quietLogger } from '#tests/support/quiet-logger.ts';
import { until } from '#tests/support/until.ts';

const topic = 'inspect_pod_command';

function world(partitions: number) {
  const paused = new Set<number>();
  const numbersOf = (found: readonly { partitions?: number[] }[]) =>
    found.flatMap((one) => one.partitions ?? []);
  const generation = newGeneration({ [topic]: [...Array(partitions).keys()] });
  const part = { isOver: false, isClosed: false };
  const open = new Map<string, () => void>();
  const handle = ({ id }: DomainEvent) => new Promise<void>((resolve) => open.set(id, resolve));
  const take = intake({
    consumer: {
      pause(found) {
        for (const number of numbersOf(found)) paused.add(number);
      },
      resume(found) {
        for (const number of numbersOf(found)) paused.delete(number);
      },
    },
    lanes: keyLanes(virtualClock(), 100_000),
    membership: {
      taking: () => (part.isOver ? null : generation),
      isClosed: () => part.isClosed,
      isCurrent: (other) => other === generation,
      commits: { moved: () => undefined, flush: async () => undefined },
    },
    handle,
    logger: quietLogger(),
  });
  const fetched = (partition: number, from: number, count: number) => take(payloadOf(partition, from, count));
  const finish = async (partition: number, from: number, count: number) => {
    const before = generation.unfinished;
    for (let offset = from; offset < from + count; offset += 1) open.get(`${partition}-${offset}`)?.();
    await until(() => generation.unfinished === before - count);
  };
  return { paused, part, generation, fetched, finish };
}

/** What of the driver's payload counts. Every message has a key of its own. */
const payloadOf = (partition: number, from: number, count: number) =>
  ({
    batch: {
      topic,
      partition,
      messages: Array.from({ length: count }, (_, index) => {
        const id = `${partition}-${from + index}`;
        return { offset: String(from + index), value: Buffer.from(JSON.stringify(sampleEvent(id, id))) };
      }),
    },
    commitOffsetsIfNecessary: async () => undefined,
  }) as unknown as EachBatchPayload;

describe('the intake', () => {
  test('pauses a partition alone that runs ahead of its oldest unfinished message, until that is finished', async () => {
    const { paused, fetched, finish } = world(2);
    await fetched(0, 0, 600);
    await finish(0, 1, 599);
    await fetched(1, 0, 10);
    expect([...paused]).toEqual([]);
    await fetched(0, 600, 400);
    expect([...paused]).toEqual([0]);
    await finish(0, 600, 400);
    expect([...paused]).toEqual([0]);
    await finish(0, 0, 1);
    expect([...paused]).toEqual([]);
  });

  test('pauses everything when too much waits in memory, until half of it is finished', async () => {
    const { paused, fetched, finish } = world(6);
    for (const partition of [0, 1, 2, 3, 4]) await fetched(partition, 0, 900);
    expect([...paused].sort()).toEqual([0, 1, 2, 3, 4, 5]);
    await finish(0, 0, 900);
    await finish(1, 0, 900);
    expect(paused.size).toBe(6);
    await finish(2, 0, 900);
    // What is far ahead by itself goes on once it is not.
    expect([...paused].sort()).toEqual([3, 4]);
    await finish(3, 0, 400);
    expect([...paused].sort()).toEqual([4]);
  });

  test('lets the driver join again when messages come to a member whose part in its group is over', async () => {
    const { part, generation, fetched } = world(1);
    part.isOver = true;
    await expect(fetched(0, 0, 1)).rejects.toMatchObject({ type: 'REBALANCE_IN_PROGRESS' });
    expect(generation.unfinished).toBe(0);
    part.isClosed = true;
    await fetched(0, 0, 1);
    expect(generation.unfinished).toBe(0);
  });
});
