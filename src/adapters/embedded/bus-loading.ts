// Brings messages of a group's topics into memory, in order and never too many: straight from the commit while there is
// room, otherwise from the table.
import type { KeyQueues, Message, Topic } from './bus-queues.ts';
import { eventsAfter, type StoredEvent } from './bus-store.ts';
import type { Connection } from './database.ts';

/** Above this, messages stay in the table until there is room again. */
const loadedMax = 4_096;
const rowsPerFill = 512;

/** Takes an event that was just committed, unless it has to wait in the table behind others. */
export function loadCommitted(queues: KeyQueues, topic: Topic, { seq, event }: StoredEvent): void {
  if (topic.behind) return;
  if (queues.loaded() >= loadedMax) {
    topic.behind = true;
    return;
  }
  topic.cursor = seq;
  queues.add({ seq, topic, event });
}

/** Loads what lies in the table, oldest first over all topics, once there is room for a good many. */
export function loadWaiting(
  connection: Connection,
  queues: KeyQueues,
  topics: ReadonlyMap<string, Topic>,
): void {
  if (queues.loaded() > loadedMax / 2) return;
  for (;;) {
    const behind: Topic[] = [];
    for (const topic of topics.values()) if (topic.behind) behind.push(topic);
    if (behind.length === 0 || queues.loaded() >= loadedMax) return;
    const found = behind.flatMap((topic) => nextOf(connection, topic));
    for (const message of found.sort((left, right) => left.seq - right.seq)) queues.add(message);
  }
}

function nextOf(connection: Connection, topic: Topic): Message[] {
  const rows = eventsAfter(connection, topic.name, topic.cursor, rowsPerFill);
  topic.cursor = rows.at(-1)?.seq ?? topic.cursor;
  topic.behind = rows.length === rowsPerFill;
  return rows.map(({ seq, event }) => ({ seq, topic, event }));
}
