// The bus's tables: events in the order of their commits, and how far each group has acknowledged each topic.
import type { DomainEvent } from '#src/domain/events.ts';
import type { Connection } from './database.ts';

export interface StoredEvent {
  seq: number;
  topic: string;
  event: DomainEvent;
}

export interface EventRow {
  seq: number;
  topic: string;
  at: number;
  body: string;
}

const rowsPerInsert = 8;
const places = '(?, ?, ?, ?)';

/** Some rows by one statement: most publications are that small, and each statement costs as much as a row. */
export function insertEvents(write: Connection, rows: readonly EventRow[]): void {
  for (let from = 0; from < rows.length; from += rowsPerInsert) {
    const some = rows.slice(from, from + rowsPerInsert);
    write.run(
      `INSERT INTO events (seq, topic, at, body) VALUES ${some.map(() => places).join(', ')}`,
      some.flatMap(({ seq, topic, at, body }) => [seq, topic, at, body]),
    );
  }
}

/** Numbers are never used twice, not even when everything that bore them was pruned. */
export function lastSequence(connection: Connection): number {
  const row = connection.get<{ last: number | null }>(
    `SELECT max(seq) AS last FROM (SELECT max(seq) AS seq FROM events UNION ALL SELECT max(through) FROM event_offsets)`,
  );
  return row?.last ?? 0;
}

/** The time of what was published last, or null. */
export const lastTime = (connection: Connection): number | null =>
  connection.get<{ at: number }>('SELECT at FROM events ORDER BY seq DESC LIMIT 1')?.at ?? null;

export const eventsAfter = (
  connection: Connection,
  topic: string,
  seq: number,
  limit: number,
): StoredEvent[] =>
  connection
    .all<{ seq: number; body: string }>(
      'SELECT seq, body FROM events WHERE topic = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3',
      [topic, seq, limit],
    )
    .map((row) => ({ seq: row.seq, topic, event: parsedEvent(row.body) }));

export const countAfter = (connection: Connection, topic: string, seq: number): number =>
  connection.get<{ count: number }>('SELECT count(*) AS count FROM events WHERE topic = ?1 AND seq > ?2', [
    topic,
    seq,
  ])?.count ?? 0;

/** Makes the group known, so that nothing is pruned before it saw it, and answers how far it has acknowledged. */
export function openOffset(write: Connection, group: string, topic: string): number {
  const row = write.get<{ through: number }>(
    `INSERT INTO event_offsets (consumers, topic, through) VALUES (?1, ?2, 0)
     ON CONFLICT DO UPDATE SET through = through RETURNING through`,
    [group, topic],
  );
  return row?.through ?? 0;
}

export function saveOffset(write: Connection, group: string, topic: string, through: number): void {
  write.run('UPDATE event_offsets SET through = ?3 WHERE consumers = ?1 AND topic = ?2 AND through < ?3', [
    group,
    topic,
    through,
  ]);
}

/**
 * Removes, of the next `limit` events after `seq`, those from before a time that every known group has acknowledged.
 * Answers where to go on, or null when the events begin to be younger.
 */
export function pruneSlice(
  write: Connection,
  seq: number,
  before: number,
  limit: number,
): { removed: number; next: number | null } {
  const slice = write.all<{ seq: number; at: number }>(
    'SELECT seq, at FROM events WHERE seq > ?1 ORDER BY seq LIMIT ?2',
    [seq, limit],
  );
  const last = slice.at(-1);
  if (last === undefined || slice.every((event) => event.at >= before)) return { removed: 0, next: null };
  const removed = write.run(
    `DELETE FROM events WHERE seq > ?1 AND seq <= ?2 AND at < ?3 AND NOT EXISTS (
       SELECT 1 FROM event_offsets WHERE event_offsets.topic = events.topic AND through < events.seq)`,
    [seq, last.seq, before],
  );
  return { removed, next: last.seq };
}

/** Who still hears what was not delivered yet, where all others do not. */
export interface StillHeard {
  /** Groups that only record what happened. */
  groups: readonly string[];
  /** Topics that only record what happened. */
  topics: readonly string[];
}

const silenced = `topic NOT IN (SELECT value FROM json_each(?1)) AND consumers NOT IN (SELECT value FROM json_each(?2))`;

/** Takes every event for acknowledged, but by those who still hear; answers how many somebody now never hears. */
export function skipUndelivered(write: Connection, last: number, { groups, topics }: StillHeard): number {
  const values = [JSON.stringify(topics), JSON.stringify(groups)];
  const skipped = write.get<{ count: number }>(
    `SELECT count(*) AS count FROM events WHERE EXISTS (
       SELECT 1 FROM event_offsets WHERE event_offsets.topic = events.topic AND through < events.seq AND
       event_offsets.${silenced})`,
    values,
  );
  write.run(`UPDATE event_offsets SET through = ?3 WHERE through < ?3 AND ${silenced}`, [...values, last]);
  return skipped?.count ?? 0;
}

function parsedEvent(body: string): DomainEvent {
  return JSON.parse(body);
}
