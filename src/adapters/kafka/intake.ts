// Takes the batches that the driver fetched and hands their messages to the lanes, at once: fetching and heartbeats wait
// for no handler. A partition that is too far ahead of its oldest unfinished message is paused; when too many messages wait
// in memory, all are.
import type {
  Consumer,
  EachBatchHandler,
  EachBatchPayload,
  KafkaMessage,
  TopicPartitionOffset,
} from 'kafkajs';
import type { Handle } from '#src/ports/bus.ts';
import type { Logger } from '#src/ports/logger.ts';
import { eventIn } from './event-record.ts';
import type { Generation, Partition } from './generation.ts';
import { JoinAgain } from './group-protocol.ts';
import type { Lanes } from './lanes.ts';
import type { Membership } from './membership.ts';

interface IntakeParts {
  consumer: Pick<Consumer, 'pause' | 'resume'>;
  lanes: Lanes;
  membership: Pick<Membership, 'taking' | 'isClosed' | 'isCurrent' | 'commits'>;
  handle: Handle;
  logger: Logger;
}

/** Messages of one partition that are taken and not to be acknowledged yet. */
const heldMax = 1_000;
/** Messages of all partitions that are taken and not finished: they lie in memory. */
const unfinishedMax = 4_096;

export function intake({ consumer, lanes, membership, handle, logger }: IntakeParts): EachBatchHandler {
  function pause(partitions: readonly Partition[]): void {
    for (const partition of partitions) partition.paused = true;
    consumer.pause(partitions.map(theDrivers));
  }

  function resume(partitions: readonly Partition[]): void {
    const found = partitions.filter(({ paused, progress }) => paused && progress.held() <= heldMax / 2);
    if (found.length === 0 || membership.taking() === null) return;
    for (const partition of found) partition.paused = false;
    consumer.resume(found.map(theDrivers));
  }

  function finish(generation: Generation, partition: Partition, offset: number): void {
    generation.unfinished -= 1;
    partition.progress.finish(offset);
    if (!membership.isCurrent(generation)) return;
    membership.commits.moved();
    if (generation.unfinished === unfinishedMax / 2) resume(generation.all());
    else if (generation.unfinished < unfinishedMax / 2) resume([partition]);
  }

  function take(generation: Generation, partition: Partition, { offset: text, value }: KafkaMessage): void {
    const offset = Number(text);
    const about = { topic: partition.topic, partition: partition.number, offset };
    partition.progress.take(offset);
    generation.unfinished += 1;
    const event = eventIn(value);
    if (event === null) {
      logger.error(about, 'a record that is no event of ours is skipped');
      finish(generation, partition, offset);
      return;
    }
    lanes.add({
      key: event.key,
      run: () => handle(event),
      done: () => finish(generation, partition, offset),
      failed: (error, failures, delayMs) =>
        logger.warn({ ...about, event: event.id, failures, delayMs, error }, 'message rejected'),
    });
  }

  return async ({ batch, commitOffsetsIfNecessary }) => {
    const generation = membership.taking();
    if (generation === null) {
      if (membership.isClosed()) return;
      // A join that the coordinator refused leaves the driver in its old generation, which is over for us: it would go on
      // fetching, and pass over all that nobody takes.
      throw new JoinAgain('messages came to a member without a part in its group');
    }
    const partition = generation.partition(batch.topic, batch.partition);
    if (partition === null) return;
    generation.commit = (offsets) => commitOffsetsIfNecessary(byTopic(offsets));
    for (const message of batch.messages) take(generation, partition, message);
    if (generation.unfinished >= unfinishedMax) pause(generation.all());
    else if (partition.progress.held() >= heldMax) pause([partition]);
  };
}

const theDrivers = ({ topic, number }: Partition) => ({ topic, partitions: [number] });

type OffsetsByTopic = NonNullable<Parameters<EachBatchPayload['commitOffsetsIfNecessary']>[0]>;

function byTopic(offsets: readonly TopicPartitionOffset[]): OffsetsByTopic {
  const topics = new Map<string, { partition: number; offset: string }[]>();
  for (const { topic, partition, offset } of offsets) {
    const partitions = topics.get(topic) ?? [];
    topics.set(topic, partitions);
    partitions.push({ partition, offset });
  }
  return { topics: [...topics].map(([topic, partitions]) => ({ topic, partitions })) };
}
