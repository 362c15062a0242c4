// One group of consumers: what is loaded, in which order it is handed out, and how far it is acknowledged. One message at
// a time for each key; a key whose handler rejects waits alone. Progress is saved now and then: a restart repeats a little.
import type { Handle, Subscribed } from '#src/ports/bus.ts';
import type { Clock } from '#src/ports/clock.ts';
import type { Logger } from '#src/ports/logger.ts';
import { type KeyQueue, keyQueues, type Message, type Topic } from './bus-queues.ts';
import { countAfter, eventsAfter, openOffset, type StoredEvent, saveOffset } from './bus-store.ts';
import type { Connection } from './database.ts';
import type { Writer } from './writer.ts';

export interface BusPorts {
  connection: Connection;
  writer: Writer;
  clock: Clock;
  logger: Logger;
}

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
  idle: (() => void) | null;
}

const inFlightMax = 256;
/** Above this, messages stay in the table until there is room again. */
const loadedMax = 4_096;
const rowsPerFill = 512;
const flushMs = 50;
const backOffMs = { first: 100, longest: 5_000 };

export function openGroup(name: string, { connection, writer, clock, logger }: BusPorts): Group {
  const topics = new Map<string, Topic>();
  const members = new Map<Topic, Member[]>();
  const queues = keyQueues();
  const unsaved = new Set<Topic>();
  let inFlight = 0;
  let flushing = false;
  let stopped = false;

  async function join(names: readonly string[], handle: Handle): Promise<Subscribed> {
    const offsets = await writer.write((write) => names.map((topic) => openOffset(write, name, topic)));
    const member: Member = { handle, topics: [], inFlight: 0, idle: null };
    for (const [index, topicName] of names.entries()) {
      const topic = topics.get(topicName) ?? newTopic(topicName, offsets[index] ?? 0);
      topics.set(topicName, topic);
      members.set(topic, [...(members.get(topic) ?? []), member]);
      member.topics.push(topic);
    }
    queues.unpark();
    fill();
    let closing: Promise<void> | null = null;
    return {
      close: () => {
        closing ??= leave(member);
        return closing;
      },
      lag: async () => lag(member),
      inFlight: () => member.inFlight,
    };
  }

  async function leave(member: Member): Promise<void> {
    for (const topic of member.topics) {
      members.set(
        topic,
        (members.get(topic) ?? []).filter((other) => other !== member),
      );
    }
    if (member.inFlight > 0) await new Promise<void>((resolve) => Object.assign(member, { idle: resolve }));
    if (stopped) return;
    await flush();
    for (const topic of member.topics) {
      if ((members.get(topic) ?? []).length > 0 || topics.get(topic.name) !== topic) continue;
      topics.delete(topic.name);
      members.delete(topic);
      queues.drop(topic);
    }
    pump();
  }

  /** Acknowledged are those that are neither loaded nor still in the table. */
  const lag = (member: Member): number =>
    member.topics.reduce(
      (sum, topic) => sum + topic.pending.size + countAfter(connection, topic.name, topic.cursor),
      0,
    );

  function offer({ seq, topic: topicName, event }: StoredEvent): void {
    const topic = topics.get(topicName);
    if (topic === undefined || topic.behind) return;
    if (queues.loaded() >= loadedMax) {
      topic.behind = true;
      return;
    }
    topic.cursor = seq;
    queues.add({ seq, topic, event });
    pump();
  }

  /** Loads what lies in the table, oldest first over all topics. */
  function fill(): void {
    while (!stopped && queues.loaded() < loadedMax) {
      const behind = [...topics.values()].filter((topic) => topic.behind);
      if (behind.length === 0) break;
      const found = behind.flatMap((topic) => load(topic));
      for (const message of found.sort((left, right) => left.seq - right.seq)) queues.add(message);
    }
    pump();
  }

  function load(topic: Topic): Message[] {
    const rows = eventsAfter(connection, topic.name, topic.cursor, rowsPerFill);
    topic.cursor = rows.at(-1)?.seq ?? topic.cursor;
    topic.behind = rows.length === rowsPerFill;
    return rows.map(({ seq, event }) => ({ seq, topic, event }));
  }

  function pump(): void {
    while (!stopped && inFlight < inFlightMax) {
      const queue = queues.nextReady();
      if (queue === null) return;
      const [message] = queue.messages;
      const member = message === undefined ? undefined : memberFor(message.topic);
      if (message === undefined || member === undefined) queues.park(queue);
      else start(queue, message, member);
    }
  }

  /** The members of a topic take turns. */
  function memberFor(topic: Topic): Member | undefined {
    const open = members.get(topic) ?? [];
    topic.turn += 1;
    return open[topic.turn % open.length];
  }

  function start(queue: KeyQueue, message: Message, member: Member): void {
    inFlight += 1;
    member.inFlight += 1;
    queues.busy(queue);
    attempt(member.handle, message).then((failure) => {
      inFlight -= 1;
      member.inFlight -= 1;
      if (failure === null) acknowledge(queue, message);
      else if (!stopped) retryLater(queue, message, failure.error);
      if (member.inFlight === 0) member.idle?.();
      pump();
    });
  }

  function acknowledge(queue: KeyQueue, message: Message): void {
    message.topic.pending.delete(message.seq);
    unsaved.add(message.topic);
    queues.done(queue, message);
    if (stopped) return;
    flushSoon();
    if (queues.loaded() < loadedMax / 2 && [...topics.values()].some((topic) => topic.behind)) fill();
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

  function flushSoon(): void {
    if (flushing) return;
    flushing = true;
    clock.after(flushMs, () => {
      flushing = false;
      flush().catch((error) => {
        if (!stopped) logger.warn({ group: name, error }, 'progress of the bus could not be saved');
      });
    });
  }

  async function flush(): Promise<void> {
    const saving = [...unsaved].map((topic) => ({ topic: topic.name, through: acknowledgedThrough(topic) }));
    unsaved.clear();
    if (saving.length === 0) return;
    await writer.note((write) => {
      for (const { topic, through } of saving) saveOffset(write, name, topic, through);
    });
  }

  return {
    join,
    wants: (topic) => topics.has(topic),
    offer,
    flush,
    stop() {
      stopped = true;
      queues.stop();
    },
  };
}

const newTopic = (name: string, through: number): Topic => ({
  name,
  cursor: through,
  behind: true,
  pending: new Set(),
  turn: 0,
});

/** Just below the oldest message that is loaded and not acknowledged; messages are loaded in order. */
function acknowledgedThrough(topic: Topic): number {
  for (const oldest of topic.pending) return oldest - 1;
  return topic.cursor;
}

async function attempt(handle: Handle, { event }: Message): Promise<{ error: unknown } | null> {
  try {
    await handle(event);
    return null;
  } catch (error) {
    return { error };
  }
}
