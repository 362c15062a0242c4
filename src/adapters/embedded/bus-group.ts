// One group of consumers: who takes part, and who gets which message. One message at a time for each key; a key whose
// handler rejects waits alone.
import type { Handle, Subscribed } from '#src/ports/bus.ts';
import { loadCommitted, loadWaiting } from './bus-loading.ts';
import type { BusPorts } from './bus-ports.ts';
import { busProgress } from './bus-progress.ts';
import { type KeyQueue, keyQueues, type Message, newTopic, type Topic } from './bus-queues.ts';
import { countAfter, openOffset, type StoredEvent } from './bus-store.ts';

export interface Group {
  join(topics: readonly string[], handle: Handle): Promise<Subscribed>;
  wants(topic: string): boolean;
  /** Takes an event that was just committed; in the order of the commits. */
  offer(stored: StoredEvent): void;
  /** Saves how far it is. */
  flush(): Promise<void>;
  stop(): void;
}

interface Member {
  handle: Handle;
  topics: Topic[];
  inFlight: number;
  /** Called when the last message in flight is done. */
  idle: () => void;
}

const inFlightMax = 256;
const backOffMs = { first: 100, longest: 5_000 };

export function openGroup(name: string, ports: BusPorts): Group {
  const { connection, writer, clock, logger } = ports;
  const topics = new Map<string, Topic>();
  const members = new Map<Topic, Member[]>();
  const queues = keyQueues();
  const progress = busProgress(name, ports);
  let inFlight = 0;
  let stopped = false;

  const membersOf = (topic: Topic): Member[] => members.get(topic) ?? [];

  async function join(names: readonly string[], handle: Handle): Promise<Subscribed> {
    const offsets = await writer.write((write) => names.map((topic) => openOffset(write, name, topic)));
    const member: Member = { handle, topics: [], inFlight: 0, idle: () => undefined };
    for (const [index, topicName] of names.entries()) {
      const topic = topics.get(topicName) ?? newTopic(topicName, offsets[index] ?? 0);
      topics.set(topicName, topic);
      members.set(topic, [...membersOf(topic), member]);
      member.topics.push(topic);
    }
    queues.unpark();
    pump();
    let closing: Promise<void> | null = null;
    return {
      close: () => {
        closing ??= leave(member);
        return closing;
      },
      lag: async () => member.topics.reduce((sum, topic) => sum + lagOf(topic), 0),
      inFlight: () => member.inFlight,
    };
  }

  /** Only what is behind has more in the table than is loaded. */
  const lagOf = (topic: Topic): number =>
    topic.pending.size + (topic.behind ? countAfter(connection, topic.name, topic.cursor) : 0);

  async function leave(member: Member): Promise<void> {
    for (const topic of member.topics) {
      members.set(
        topic,
        membersOf(topic).filter((other) => other !== member),
      );
    }
    const idle = new Promise<void>((resolve) => {
      member.idle = resolve;
    });
    if (member.inFlight > 0) await idle;
    if (stopped) return;
    await progress.flush();
    for (const topic of member.topics) {
      if (membersOf(topic).length === 0 && topics.get(topic.name) === topic) forget(topic);
    }
    pump();
  }

  function forget(topic: Topic): void {
    topics.delete(topic.name);
    members.delete(topic);
    queues.drop(topic);
  }

  function pump(): void {
    loadMore();
    while (!stopped && inFlight < inFlightMax) {
      const queue = queues.nextReady();
      if (queue === null) return;
      const [message] = queue.messages;
      const member = message === undefined ? undefined : nextMember(message.topic);
      if (message === undefined || member === undefined) queues.park(queue);
      else start(queue, message, member);
    }
  }

  /** What cannot be read now is read at the next occasion; it is not the fault of whoever published meanwhile. */
  function loadMore(): void {
    if (stopped) return;
    try {
      loadWaiting(connection, queues, topics);
    } catch (error) {
      logger.error({ group: name, error }, 'waiting messages could not be read');
    }
  }

  /** The members of a topic take turns. */
  function nextMember(topic: Topic): Member | undefined {
    const open = membersOf(topic);
    topic.turn += 1;
    return open[topic.turn % open.length];
  }

  async function start(queue: KeyQueue, message: Message, member: Member): Promise<void> {
    inFlight += 1;
    member.inFlight += 1;
    queues.busy(queue);
    const failure = await attempt(member.handle, message);
    inFlight -= 1;
    member.inFlight -= 1;
    if (failure === null) {
      queues.done(queue, message);
      progress.moved(message.topic);
    } else if (!stopped) retryLater(queue, message, failure.error);
    if (member.inFlight === 0) member.idle();
    pump();
  }

  function retryLater(queue: KeyQueue, { topic, event }: Message, error: unknown): void {
    const failures = queues.failed(queue);
    const delayMs = Math.min(backOffMs.first * 2 ** (failures - 1), backOffMs.longest);
    logger.warn(
      { group: name, topic: topic.name, event: event.id, failures, delayMs, error },
      'message rejected',
    );
    queues.wait(queue, (resume) =>
      clock.after(delayMs, () => {
        resume();
        pump();
      }),
    );
  }

  return {
    join,
    wants: (topic) => topics.has(topic),
    offer(stored) {
      const topic = topics.get(stored.topic);
      if (topic === undefined) return;
      loadCommitted(queues, topic, stored);
      pump();
    },
    flush: progress.flush,
    stop() {
      stopped = true;
      progress.stop();
      queues.stop();
    },
  };
}

async function attempt(handle: Handle, { event }: Message): Promise<{ error: unknown } | null> {
  try {
    await handle(event);
    return null;
  } catch (error) {
    return { error };
  }
}
