// All that the database holds, for whoever carries it elsewhere; it is only read. What every group of the bus has heard stays
// behind: it has done its work, and what of it is history lies among the documents.
import type { DomainEvent } from '#src/domain/events.ts';
import type { FrameChannel } from '#src/ports/output-log.ts';
import { fixedParts, type StoreContents, type StorePart, type StoreRow } from '#src/ports/store-contents.ts';
import { type Connection, openReader, storedJson } from './database.ts';
import { collectionNames } from './document-table.ts';
import { fromRow } from './record-row.ts';

export interface OpenedContents extends StoreContents {
  close(): void;
}

/** The file must be a whole database of this version. */
export async function openContents(path: string): Promise<OpenedContents> {
  const connection = await openReader(path);
  return {
    parts: async () => [...fixedParts, ...documentParts(connection)],
    rows: (part) => rowsOf(connection, part),
    close: connection.close,
  };
}

const documentParts = (connection: Connection): StorePart[] =>
  collectionNames(connection).map((name): StorePart => `documents.${name}`);

async function* rowsOf(connection: Connection, part: StorePart): AsyncGenerator<StoreRow, void> {
  switch (part) {
    case 'records':
      yield* everyRow(connection, recordsSql, toRecord);
      return;
    case 'events':
      yield* everyRow(connection, outboxSql, toOutboxEvent);
      yield* everyRow(connection, undeliveredSql, toUndelivered);
      return;
    case 'chunks':
      yield* everyRow(connection, chunksSql, toChunk);
      return;
    case 'inputs':
      yield* everyRow(connection, inputsSql, toInput);
      return;
    default: {
      const collection = part.slice('documents.'.length);
      // The name comes from the schema, which a stranger may have written.
      const table = `"${part.replaceAll('"', '""')}"`;
      const sql = `SELECT rowid AS row, id, version, body FROM ${table} WHERE rowid > ?1 ORDER BY rowid LIMIT ?2`;
      yield* everyRow(connection, sql, (row: DocumentRow) => toDocument(collection, row));
    }
  }
}

/** One document may take twelve mebibytes. */
const rowsPerFetch = 16;

/** The statement answers a few rows after the one of this number. */
function* everyRow<Row extends { row: number }>(
  connection: Connection,
  sql: string,
  convert: (row: Row) => StoreRow,
): Generator<StoreRow, void> {
  let after = -1;
  for (;;) {
    const rows = connection.all<Row>(sql, [after, rowsPerFetch]);
    for (const row of rows) yield convert(row);
    const last = rows.at(-1);
    if (last === undefined) return;
    after = last.row;
  }
}

const recordsSql = `SELECT row, body, sent_through FROM records JOIN record_bodies USING (row)
  WHERE row > ?1 ORDER BY row LIMIT ?2`;
const toRecord = (row: { row: number; body: string; sent_through: number }): StoreRow => ({
  kind: 'record',
  record: fromRow(row),
});

interface DocumentRow {
  row: number;
  id: string;
  version: number;
  body: string;
}
const toDocument = (collection: string, { id, version, body }: DocumentRow): StoreRow => ({
  kind: 'document',
  collection,
  id,
  version,
  body: storedJson(body),
});

const outboxSql =
  'SELECT n AS row, collection, id, body FROM document_outbox WHERE n > ?1 ORDER BY n LIMIT ?2';
const toOutboxEvent = ({ row, body, ...place }: Named & { body: string }): StoreRow => ({
  kind: 'event',
  ...place,
  n: row,
  event: storedJson(body),
});
interface Named {
  row: number;
  collection: string;
  id: string;
}

/** No collection of documents has this name. */
const undelivered = 'undelivered';
const undeliveredSql = `SELECT seq AS row, body FROM events WHERE seq > ?1 AND EXISTS (
    SELECT 1 FROM event_offsets WHERE event_offsets.topic = events.topic AND through < events.seq)
  ORDER BY seq LIMIT ?2`;
function toUndelivered({ row, body }: { row: number; body: string }): StoreRow {
  const event = storedJson<DomainEvent>(body);
  return { kind: 'event', collection: undelivered, id: event.key, n: row, event };
}

const chunksSql = `SELECT rowid AS row, execution, attempt, number, channel, at, data, seal_last FROM chunks
  WHERE rowid > ?1 ORDER BY rowid LIMIT ?2`;
interface ChunkRow {
  row: number;
  execution: string;
  attempt: number;
  number: number;
  channel: FrameChannel;
  at: number;
  data: Uint8Array;
  seal_last: number | null;
}
function toChunk({ execution, attempt, number, channel, at, data, seal_last: last }: ChunkRow): StoreRow {
  const chunk =
    last === null
      ? ({ kind: 'frame', frame: { number, channel, at, data } } as const)
      : ({ kind: 'seal', number, seal: { last } } as const);
  return { kind: 'chunk', execution, attempt, chunk };
}

const inputsSql = `SELECT rowid AS row, execution, attempt, number, key, data, ends FROM inputs
  WHERE rowid > ?1 ORDER BY rowid LIMIT ?2`;
interface InputRow {
  row: number;
  execution: string;
  attempt: number;
  number: number;
  key: string;
  data: Uint8Array;
  ends: number;
}
const toInput = ({ execution, attempt, number, key, data, ends }: InputRow): StoreRow => ({
  kind: 'input',
  execution,
  attempt,
  key,
  input: { number, data, end: ends === 1 },
});
