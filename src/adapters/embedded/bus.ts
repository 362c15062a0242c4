// The bus within one process: an event is committed to its table first and then handed straight to whoever subscribes, so
// nothing waits for a poll and nothing that was published is lost.
import type { DomainEvent } from '#src/domain/events.ts';
import type { Bus } from '#src/ports/bus.ts';
import { type Group, openGroup } from './bus-group.ts';
import type { BusPorts } from './bus-ports.ts';
import {
  insertEvent,
  lastSequence,
  pruneSlice,
  type StillHeard,
  type StoredEvent,
  skipUndelivered,
} from './bus-store.ts';

export interface EmbeddedBus extends Bus {
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

  function handOut({ seq, topic, body }: Committed): void {
    const wanting = [...groups.values()].filter((group) => group.wants(topic));
    if (wanting.length === 0) return;
    const event = parsedEvent(body);
    for (const group of wanting) group.offer({ seq, topic, event } satisfies StoredEvent);
  }

  const flush = async () => void (await Promise.all([...groups.values()].map((group) => group.flush())));

  return {
    async publish(events) {
      if (events.length === 0) return;
      const bodies = events.map((event) => ({ event, topic: event.type, body: JSON.stringify(event) }));
      await writer.write(
        (write) =>
          bodies.map(({ event, topic, body }): Committed => {
            last += 1;
            insertEvent(write, last, event, body);
            return { seq: last, topic, body };
          }),
        (committed) => {
          for (const one of committed) handOut(one);
        },
      );
    },
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

interface Committed {
  seq: number;
  topic: string;
  body: string;
}

function parsedEvent(body: string): DomainEvent {
  return JSON.parse(body);
}
