// One subscription of one process: takes each key's messages in order, one at a time, different keys side by side, and
// acknowledges the part of a partition without a gap. A rejected message is delivered again after a pause, for ever.
import type { DomainEvent, EventType } from '#src/domain/events.ts';
import type { Subscription } from '#src/ports/bus.ts';
import type { ProcessWorld, SimProcess } from '../process.ts';
import { type Log, partitionCount } from './bus-log.ts';

export interface Member {
  readonly name: string;
  readonly group: string;
  alive(): boolean;
  /** It owns this partition from now on, and goes on after the last acknowledgement. */
  take(partition: number): void;
  look(topic: EventType, partition: number): void;
  lag(): number;
  inFlight(): number;
  close(): Promise<void>;
}

interface MemberOptions extends Subscription {
  process: SimProcess;
  log: Log;
  world: ProcessWorld;
}

/** One topic's partition, from the moment in which it was taken. */
interface Reading {
  topic: EventType;
  partition: number;
  next: number;
  done: Set<number>;
  acknowledged: number;
}

interface Message {
  reading: Reading;
  offset: number;
  event: DomainEvent;
}

const REDELIVERY_MS = 300;

export function createMember({ group, topics, handle, process, log, world }: MemberOptions): Member {
  /** By topic, then by partition. */
  const readings = new Map<EventType, Reading[]>();
  const queues = new Map<string, Message[]>();
  const keysInHand = new Set<string>();
  const emptied: (() => void)[] = [];
  let open = true;

  /** Taken away meanwhile, or taken anew: then somebody else, or a later reading, has the message. */
  const current = (reading: Reading): boolean =>
    open &&
    log.owns(member, reading.partition) &&
    readings.get(reading.topic)?.[reading.partition] === reading;
  const look = (topic: EventType, partition: number): void => {
    const reading = readings.get(topic)?.[partition];
    if (reading === undefined || !process.alive() || !current(reading)) return;
    for (;;) {
      const entry = log.entry(topic, partition, reading.next);
      if (entry === null || entry.visibleAt > world.time.now()) return;
      const message = { reading, offset: reading.next++, event: entry.event };
      const queue = queues.get(entry.event.key) ?? [];
      queues.set(entry.event.key, [...queue, message]);
      process.after(0, () => work(entry.event.key));
    }
  };
  const work = (key: string): void => {
    if (keysInHand.has(key)) return;
    const [message, ...rest] = queues.get(key) ?? [];
    if (message === undefined) return;
    if (!current(message.reading)) {
      queues.set(key, rest);
      work(key);
      return;
    }
    keysInHand.add(key);
    const leave = (delayMs: number): void => {
      keysInHand.delete(key);
      if (keysInHand.size === 0) for (const call of emptied.splice(0)) call();
      process.after(delayMs, () => work(key));
    };
    void handle(message.event).then(
      () => {
        queues.set(key, (queues.get(key) ?? []).slice(1));
        acknowledge(message, () => leave(0));
      },
      () => {
        world.trace.count('message delivered again');
        leave(REDELIVERY_MS);
      },
    );
  };
  const acknowledge = (message: Message, done: () => void): void => {
    const { reading, offset } = message;
    const { topic, partition } = reading;
    reading.done.add(offset);
    let through = reading.acknowledged;
    while (reading.done.has(through)) through++;
    if (through === reading.acknowledged || !log.owns(member, partition)) {
      done();
      return;
    }
    process
      .call('bus', 'acknowledge', () => log.acknowledge(member, topic, partition, through))
      .then(
        () => {
          reading.acknowledged = Math.max(reading.acknowledged, through);
          done();
        },
        () => process.after(REDELIVERY_MS, () => acknowledge(message, done)),
      );
  };

  const member: Member = {
    name: process.name,
    group,
    look,
    alive: process.alive,
    take(partition) {
      for (const topic of topics) {
        const next = log.offset(group, topic, partition);
        const ofTopic = readings.get(topic) ?? [];
        readings.set(topic, ofTopic);
        ofTopic[partition] = { topic, partition, next, done: new Set(), acknowledged: next };
        look(topic, partition);
      }
    },
    lag() {
      let waiting = 0;
      for (const topic of topics)
        for (let partition = 0; partition < partitionCount; partition++)
          waiting += log.length(topic, partition) - log.offset(group, topic, partition);
      return waiting;
    },
    inFlight: () => keysInHand.size,
    close() {
      open = false;
      if (keysInHand.size === 0) return Promise.resolve();
      return new Promise((resolve) => emptied.push(resolve));
    },
  };
  return member;
}
