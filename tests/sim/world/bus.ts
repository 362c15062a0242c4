// The bus between roles: one topic per event type, partitions by key, at least once. Messages come late, twice, and again
// after a rebalance; members keep working on what was taken from them without knowing it yet.
import type { DomainEvent, EventType } from '#src/domain/events.ts';
import { checkMessage } from '#src/domain/sizes.ts';
import type { Bus } from '#src/ports/bus.ts';
import { isRecovering } from '../faults.ts';
import type { ProcessWorld, SimProcess } from '../process.ts';
import { type Entry, type Log, partitionCount, partitionOf } from './bus-log.ts';
import { createMember, type Member } from './bus-member.ts';
import { fix } from './copy.ts';

export interface BusWorld {
  portOf(process: SimProcess): Bus;
  /** For what the world itself sends, such as a poisoned message. */
  publish(events: readonly DomainEvent[]): void;
  /** Whether a message of this id was ever published. */
  carried(id: string): boolean;
  /** Messages that a living group has not acknowledged, in words. */
  waiting(): string[];
}

interface Partition {
  queue: Entry[];
  /** The first entry that is kept. */
  begin: number;
  /** What each group has acknowledged. */
  offsets: Map<string, number>;
}

export function createBus(world: ProcessWorld): BusWorld {
  const { time, trace, faults } = world;
  const random = world.random.split('bus');
  const topics = new Map<EventType, readonly Partition[]>();
  /** By group, then by partition. */
  const owners = new Map<string, Member[]>();
  const ids = new Set<string>();
  /** Groups that ever subscribed, by topic. */
  const groups = new Map<EventType, Set<string>>();
  let members: Member[] = [];

  const log: Log = {
    entry: (topic, partition, offset) => topics.get(topic)?.[partition]?.queue[offset] ?? null,
    length: (topic, partition) => topics.get(topic)?.[partition]?.queue.length ?? 0,
    offset(group, topic, partition) {
      const there = topics.get(topic)?.[partition];
      return there === undefined ? 0 : Math.max(there.offsets.get(group) ?? 0, there.begin);
    },
    acknowledge(member, topic, partition, offset) {
      if (!log.owns(member, partition)) return;
      const there = log.offset(member.group, topic, partition);
      partitionIn(topics, topic, partition).offsets.set(member.group, Math.max(there, offset));
    },
    owns: (member, partition) => owners.get(member.group)?.[partition] === member,
  };

  const publish = (events: readonly DomainEvent[]): void => {
    for (const event of events) checkMessage(event);
    for (const event of events) {
      ids.add(event.id);
      if (event.metadata.postponed !== undefined) trace.count('newer record met by an old process');
      const partition = partitionOf(event.key);
      const twice = faults.on() && random.chance(faults.mix.doubled);
      if (twice) trace.count('fault: message doubled');
      for (const delayMs of twice ? [delay(), delay()] : [delay()]) {
        const { queue } = partitionIn(topics, event.type, partition);
        const visibleAt = Math.max(queue.at(-1)?.visibleAt ?? 0, time.now() + delayMs);
        queue.push({ visibleAt, event: fix(event) });
        time.after(visibleAt - time.now(), () => {
          for (const member of members) member.look(event.type, partition);
        });
      }
    }
  };
  const delay = (): number => {
    if (!faults.on() || !random.chance(faults.mix.delayed)) return random.between(0.5, 6);
    trace.count('fault: message delayed');
    return random.between(200, 9_000);
  };

  const rebalance = (group: string): void => {
    const present = members.filter((member) => member.group === group);
    const owned = owners.get(group) ?? [];
    owners.set(group, owned);
    for (let partition = 0; partition < partitionCount; partition++) {
      const next = present[partition % Math.max(1, present.length)];
      const before = owned[partition];
      if (next === undefined || before === next) continue;
      if (before?.alive() === true) trace.count('rebalance away from a living member');
      owned[partition] = next;
      next.take(partition);
    }
  };
  const leave = (member: Member): void => {
    if (!members.includes(member)) return;
    members = members.filter((other) => other !== member);
    time.after(random.between(200, 6_000), () => rebalance(member.group));
  };

  /** Leaves holes: whoever still needs what was removed waits there for ever, which liveness finds. */
  const prune = (before: number): number => {
    let removed = 0;
    for (const [topic, partitions] of topics) {
      const heard = [...(groups.get(topic) ?? [])];
      // Events are kept for longer than an installation takes to subscribe for the first time, whatever fails meanwhile.
      if (heard.length === 0 && (faults.on() || isRecovering(faults.mix, time.now()))) continue;
      for (const partition of partitions) removed += pruneOne(partition, heard, before);
    }
    if (removed > 0) trace.count('events pruned');
    return removed;
  };

  return {
    publish,
    carried: (id) => ids.has(id),
    waiting: () =>
      members.flatMap((member) =>
        member.lag() === 0 ? [] : [`${member.group} has not taken ${member.lag()} messages`],
      ),
    portOf: (process) => ({
      publish: (events) => process.call('bus', 'publish', publish, events),
      prune: (before) => process.call('bus', 'prune', prune, before),
      async subscribe({ group, topics, handle }) {
        await process.call('bus', 'subscribe', () => undefined);
        for (const topic of topics) groups.set(topic, (groups.get(topic) ?? new Set()).add(group));
        const member = createMember({ group, topics, handle, process, log, world });
        members = [...members, member].sort((left, right) => (left.name < right.name ? -1 : 1));
        process.onEnd(() => leave(member));
        time.after(random.between(20, 1_500), () => rebalance(group));
        return {
          async close() {
            await member.close();
            leave(member);
          },
          lag: () => process.call('bus', 'lag', () => member.lag()),
          inFlight: () => member.inFlight(),
        };
      },
    }),
  };
}

function partitionIn(
  topics: Map<EventType, readonly Partition[]>,
  topic: EventType,
  number: number,
): Partition {
  const known = topics.get(topic);
  const partitions =
    known ??
    Array.from({ length: partitionCount }, () => ({
      queue: [],
      begin: 0,
      offsets: new Map<string, number>(),
    }));
  if (known === undefined) topics.set(topic, partitions);
  const found = partitions[number];
  if (found === undefined) throw new RangeError(`there is no partition ${number}`);
  return found;
}

/** Takes away what is old and every group has acknowledged. Answers how many entries that were. */
function pruneOne(partition: Partition, heard: readonly string[], before: number): number {
  const { queue, begin, offsets } = partition;
  const isOld = (): boolean => (queue[partition.begin]?.event.at ?? before) < before;
  if (!isOld()) return 0;
  const acknowledged = heard.map((group) => Math.max(offsets.get(group) ?? 0, begin));
  for (
    const end = Math.min(queue.length, ...acknowledged);
    partition.begin < end && isOld();
    partition.begin++
  )
    delete queue[partition.begin];
  return partition.begin - begin;
}
