// One subscription: a member of its group that hands messages out by key, acknowledges what is finished, and keeps its
// membership however long a handler takes.
import type { Kafka } from 'kafkajs';
import type { Handle, Subscribed } from '#src/ports/bus.ts';
import type { Clock } from '#src/ports/clock.ts';
import type { Logger } from '#src/ports/logger.ts';
import { forEver } from './client.ts';
import { atMost } from './deadline.ts';
import { groupProtocol } from './group-protocol.ts';
import { intake } from './intake.ts';
import { keyLanes } from './lanes.ts';
import { groupMembership } from './membership.ts';
import { keepRunning } from './running.ts';

export interface ConsumerSettings {
  groupId: string;
  topics: readonly string[];
  /** Of every topic. */
  partitions: number;
  handle: Handle;
  mayLag: boolean;
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
const joinedWithinMs = 10_000;
const leaveWithinMs = 3_000;

const settings = {
  maxBytesPerPartition: 64 * 1024,
  maxBytes: 4 * 1024 * 1024,
  // The least that brokers allow.
  sessionTimeout: 6_000,
  heartbeatInterval: 500,
  allowAutoTopicCreation: false,
};

/** The rest of a fetch is waited for by whoever closes, and a change of the group is heard of between two. */
const fetching = {
  atOnce: { minBytes: 1, maxWaitTimeInMs: 500 },
  // Every fetch asks for each partition and hears of each, so a subscription to many topics gathers messages first.
  gathered: { minBytes: 256 * 1024, maxWaitTimeInMs: 250 },
};

/** Resolves once it has joined its group; when that takes too long it goes on trying by itself. */
export async function openConsumer(
  { client, clock, ...ports }: ConsumerPorts,
  { groupId, topics, partitions, handle, mayLag }: ConsumerSettings,
): Promise<KafkaConsumer> {
  const logger = ports.logger.child({ group: groupId });
  const lanes = keyLanes(clock, runningMax);
  const membership = groupMembership(clock, logger, lanes);
  const { owned, commits } = membership;
  const everything = topics.map((topic) => ({ topic }));
  let closing: Promise<void> | null = null;
  const consumer = client.consumer({
    groupId,
    ...settings,
    ...(mayLag ? fetching.gathered : fetching.atOnce),
    partitionAssigners: [groupProtocol({ partitions, owned, mayJoin })],
    retry: { ...forEver, restartOnFailure: async () => closing === null },
  });
  const eachBatch = intake({ consumer, lanes, membership, handle, logger });

  /** The driver keeps partitions paused across joins, and after one that failed: what nobody takes has to come to be told. */
  function mayJoin(): boolean {
    const may = membership.mayJoin();
    if (may && closing === null) consumer.resume(everything);
    return may;
  }

  function joined(assigned: Record<string, number[]>): void {
    membership.joined(assigned);
    if (closing !== null) consumer.pause(everything);
  }

  async function close(): Promise<void> {
    if (membership.taking() !== null) consumer.pause(everything);
    membership.close();
    await lanes.idle();
    await commits.flush();
    await atMost(clock, leaveWithinMs, running.stop());
  }

  const running = keepRunning({ consumer, topics, clock, logger, eachBatch, joined });
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
