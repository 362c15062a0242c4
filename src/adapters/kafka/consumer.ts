// One subscription: a member of its group that hands messages out by key, acknowledges what is finished, and keeps its
// membership however long a handler takes, since fetching and heartbeats wait for nobody.
import type { EachBatchPayload, Kafka } from 'kafkajs';
import type { Handle, Subscribed } from '#src/ports/bus.ts';
import type { Clock } from '#src/ports/clock.ts';
import type { Logger } from '#src/ports/logger.ts';
import { forEver } from './client.ts';
import { groupCommits } from './commits.ts';
import { atMost } from './deadline.ts';
import { eventIn } from './event-record.ts';
import { type Generation, newGeneration, type Partition } from './generation.ts';
import { groupProtocol } from './group-protocol.ts';
import { keyLanes, type Task } from './lanes.ts';
import { keepRunning } from './running.ts';

export interface ConsumerSettings {
  groupId: string;
  topics: readonly string[];
  /** Of every topic. */
  partitions: number;
  handle: Handle;
}

interface ConsumerPorts {
  client: Kafka;
  clock: Clock;
  logger: Logger;
}

export type KafkaConsumer = Omit<Subscribed, 'lag'> & {
  /** Commits what is finished, as far as it can be. */
  flush(): Promise<void>;
};

const runningMax = 256;
/** Messages of one partition that are taken and not acknowledged; one that is stuck holds up its partition after so many. */
const heldMax = 1_000;
/** A join waits so long for messages in flight; heartbeats pause meanwhile, and the session must outlive it. */
const handOverMs = 3_000;
const sessionMs = 6_000;
const joinedWithinMs = 10_000;
const leaveWithinMs = 3_000;

/** Resolves once it has joined its group; when that takes too long it goes on trying by itself. */
export async function openConsumer(ports: ConsumerPorts, settings: ConsumerSettings): Promise<KafkaConsumer> {
  const { clock, client } = ports;
  const logger = ports.logger.child({ group: settings.groupId });
  const lanes = keyLanes(clock, runningMax);
  let generation: Generation | null = null;
  let owned: readonly number[] = [];
  let leaving: Promise<void> | null = null;
  let closing: Promise<void> | null = null;
  const commits = groupCommits({ clock, logger, current: () => generation });

  const consumer = client.consumer({
    groupId: settings.groupId,
    partitionAssigners: [
      groupProtocol({ partitions: settings.partitions, owned: () => owned, mayJoin: hasLeft }),
    ],
    maxWaitTimeInMs: 500,
    maxBytesPerPartition: 64 * 1024,
    maxBytes: 4 * 1024 * 1024,
    sessionTimeout: sessionMs,
    heartbeatInterval: 500,
    allowAutoTopicCreation: false,
    retry: { ...forEver, restartOnFailure: async () => closing === null },
  });

  /** Ends the generation, if there is one; true once nothing of it is in flight, or was for too long. */
  function hasLeft(): boolean {
    if (generation !== null && leaving === null) {
      lanes.drop();
      if (lanes.running() === 0 && generation.uncommitted().length === 0) generation = null;
      else leaving = leave();
    }
    return leaving === null;
  }

  async function leave(): Promise<void> {
    await atMost(clock, handOverMs, lanes.idle());
    await commits.flush();
    generation = null;
    leaving = null;
  }

  function joined(assigned: Record<string, number[]>): void {
    owned = [...new Set(Object.values(assigned).flat())];
    // The driver keeps partitions paused across joins.
    const everything = settings.topics.map((topic) => ({ topic }));
    if (closing === null) {
      generation = newGeneration(assigned);
      consumer.resume(everything);
    } else consumer.pause(everything);
  }

  async function take({ batch, commitOffsetsIfNecessary }: EachBatchPayload): Promise<void> {
    if (generation === null || leaving !== null || closing !== null) return;
    const mine = generation;
    const partition = mine.partition(batch.topic, batch.partition);
    if (partition === null) return;
    mine.commit = (offsets) => commitOffsetsIfNecessary(byTopic(offsets));
    for (const { offset, value } of batch.messages) {
      partition.progress.take(Number(offset));
      takeOne(mine, partition, Number(offset), value);
    }
    if (partition.progress.held() < heldMax) return;
    partition.paused = true;
    consumer.pause([{ topic: partition.topic, partitions: [partition.number] }]);
  }

  function takeOne(mine: Generation, partition: Partition, offset: number, value: Buffer | null): void {
    const about = { topic: partition.topic, partition: partition.number, offset };
    const event = eventIn(value);
    const done = (): void => {
      partition.progress.finish(offset);
      if (mine !== generation) return;
      commits.moved();
      if (!partition.paused || partition.progress.held() > heldMax / 2) return;
      partition.paused = false;
      if (closing === null) consumer.resume([{ topic: partition.topic, partitions: [partition.number] }]);
    };
    if (event === null) {
      logger.error(about, 'a record that is no event of ours is skipped');
      done();
      return;
    }
    const task: Task = {
      key: event.key,
      run: () => settings.handle(event),
      done,
      failed: (error, failures, delayMs) =>
        logger.warn({ ...about, event: event.id, failures, delayMs, error }, 'message rejected'),
    };
    lanes.add(task);
  }

  async function close(): Promise<void> {
    lanes.drop();
    if (generation !== null) consumer.pause(settings.topics.map((topic) => ({ topic })));
    await lanes.idle();
    await commits.flush();
    await atMost(clock, leaveWithinMs, running.stop());
    generation = null;
  }

  const running = keepRunning({
    consumer,
    topics: settings.topics,
    clock,
    logger,
    eachBatch: take,
    joined,
  });
  await atMost(clock, joinedWithinMs, running.firstJoin);
  return {
    close() {
      closing ??= close();
      return closing;
    },
    flush: commits.flush,
    inFlight: lanes.running,
  };
}

type OffsetsByTopic = Parameters<NonNullable<EachBatchPayload['commitOffsetsIfNecessary']>>[0];

function byTopic(offsets: readonly { topic: string; partition: number; offset: string }[]): OffsetsByTopic {
  const topics = new Map<string, { partition: number; offset: string }[]>();
  for (const { topic, partition, offset } of offsets) {
    const partitions = topics.get(topic) ?? [];
    topics.set(topic, partitions);
    partitions.push({ partition, offset });
  }
  return { topics: [...topics].map(([topic, partitions]) => ({ topic, partitions })) };
}
