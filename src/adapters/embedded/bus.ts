// The bus within one process: an event is committed to its table first and then handed straight to whoever subscribes, so
// nothing waits for a poll and nothing that was published is lost.
import type { DomainEvent } from '#src/domain/events.ts';
import { checkMessage, messageBytesMax } from '#src/domain/sizes.ts';
import type { Bus } from '#src/ports/bus.ts';
import { type Group, openGroup } from './bus-group.ts';
import type { BusPorts } from './bus-ports.ts';
import {
  type EventRow,
  insertEvents,
  lastSequence,
  pruneSlice,
  type StillHeard,
  type StoredEvent,
  skipUndelivered,
} from './bus-store.ts';
import type { Write } from './writer.ts';

/** Lets a write of something else publish in its own transaction. */
export interface Outlet {
  /** Answers what to run inside of that transaction. */
  prepare(events: readonly DomainEvent[]): Write<readonly EventRow[]>;
  /** To be called after its commit, in the order of the commits. */
  handOut(published: readonly EventRow[]): void;
}

export interface EmbeddedBus extends Bus {
  outlet: Outlet;
  /** Nobody but those who still hear gets what was published so far. Before any subscription; answers how many events. */
  skip(still: StillHeard): Promise<number>;
  /** Saves every group's progress and hands out nothing more; messages in flight are not waited for. */
  close(): Promise<void>;
}

/** Turns wait while one piece is removed: a millisecond or two. */
const rowsPerPrune = 250;

export function embeddedBus(ports: BusPorts): EmbeddedBus {
  const { connection, writer } = ports;
  const groups = new Map<string, Group>();
  let last = lastSequence(connection);

  function groupOf(name: string): Group {
    const group = groups.get(name) ?? openGroup(name, ports);
    groups.set(name, group);
    return group;
  }

  function prepare(events: readonly DomainEvent[]): Write<readonly EventRow[]> {
    const bodies = events.map(bodyOf);
    return (write) => {
      const rows = events.map(({ type, at }, index) => {
        last += 1;
        return { seq: last, topic: type, at, body: bodies[index] ?? '' };
      });
      insertEvents(write, rows);
      return rows;
    };
  }

  function handOutOne({ seq, topic, body }: EventRow): void {
    let stored: StoredEvent | null = null;
    for (const group of groups.values()) {
      if (!group.wants(topic)) continue;
      stored ??= { seq, topic, event: parsedEvent(body) };
      group.offer(stored);
    }
  }

  const handOut = (rows: readonly EventRow[]): void => {
    for (const row of rows) handOutOne(row);
  };

  const flush = async () => void (await Promise.all([...groups.values()].map((group) => group.flush())));

  return {
    async publish(events) {
      if (events.length === 0) return;
      await writer.write(prepare(events), handOut);
    },
    outlet: { prepare, handOut },
    subscribe: ({ group, topics, handle }) => groupOf(group).join(topics, handle),
    skip: (still) => writer.write((write) => skipUndelivered(write, last, still)),
    async prune(before) {
      await flush();
      let removed = 0;
      let next: number | null = 0;
      while (next !== null) {
        const from: number = next;
        const slice = await writer.write((write) => pruneSlice(write, from, before, rowsPerPrune));
        removed += slice.removed;
        next = slice.next;
      }
      return removed;
    },
    async close() {
      for (const group of groups.values()) group.stop();
      await flush();
    },
  };
}

function parsedEvent(body: string): DomainEvent {
  return JSON.parse(body);
}

function bodyOf(event: DomainEvent): string {
  const body = JSON.stringify(event);
  // Only what is large as a whole is looked at twice.
  if (body.length * 3 > messageBytesMax) checkMessage(event);
  return body;
}
