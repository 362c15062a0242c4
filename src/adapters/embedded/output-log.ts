// What runs wrote and were told, in two tables. A number once taken is never written again.
import type {
  Chunk,
  Frame,
  FrameChannel,
  Input,
  InputOutcome,
  OutputLog,
  Seal,
} from '#src/ports/output-log.ts';
import type { Connection } from './database.ts';
import type { Writer } from './writer.ts';

const framesDefault = 1_000;
const bytesPerRead = 1_048_576;
/** Frames fetched at once: a read of large ones need not load a thousand of them. */
const rowsPerFetch = 64;

export function embeddedOutputLog(connection: Connection, writer: Writer): OutputLog {
  return {
    append: (execution, attempt, chunks) =>
      writer.write((write) => append(write, execution, attempt, chunks)),
    read: async (execution, attempt, from, limit = framesDefault) =>
      read(connection, execution, attempt, from, limit),
    appendInput: (execution, attempt, input) =>
      writer.write((write) => appendInput(write, execution, attempt, input)),
    readInput: async (execution, attempt, after) => readInput(connection, execution, attempt, after),
    remove: (execution) =>
      writer.write((write) => {
        write.run('DELETE FROM chunks WHERE execution = ?1', [execution]);
        write.run('DELETE FROM inputs WHERE execution = ?1', [execution]);
      }),
  };
}

function append(
  write: Connection,
  execution: string,
  attempt: number,
  chunks: readonly Chunk[],
): Seal | null {
  let highest = -1;
  let sealed = lowestSeal(write, execution, attempt)?.number ?? Number.POSITIVE_INFINITY;
  for (const chunk of chunks) highest = Math.max(highest, numberOf(chunk));
  for (const chunk of chunks) {
    const number = numberOf(chunk);
    if (number >= sealed) break;
    if (insertChunk(write, execution, attempt, chunk) && chunk.kind === 'seal') sealed = number;
  }
  const seal = lowestSeal(write, execution, attempt);
  return seal !== null && seal.number <= highest ? { last: seal.seal_last } : null;
}

const numberOf = (chunk: Chunk): number => (chunk.kind === 'frame' ? chunk.frame.number : chunk.number);

const lowestSeal = (connection: Connection, execution: string, attempt: number) =>
  connection.get<{ number: number; seal_last: number }>(
    `SELECT number, seal_last FROM chunks
     WHERE execution = ?1 AND attempt = ?2 AND seal_last IS NOT NULL ORDER BY number LIMIT 1`,
    [execution, attempt],
  );

/** False when the number was taken. */
function insertChunk(write: Connection, execution: string, attempt: number, chunk: Chunk): boolean {
  const values =
    chunk.kind === 'frame'
      ? [chunk.frame.channel, chunk.frame.at, chunk.frame.data, null]
      : [null, null, null, chunk.seal.last];
  const inserted = write.run(
    `INSERT INTO chunks (execution, attempt, number, channel, at, data, seal_last)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING`,
    [execution, attempt, numberOf(chunk), ...values],
  );
  return inserted > 0;
}

interface ChunkRow {
  number: number;
  channel: FrameChannel;
  at: number;
  data: Uint8Array;
  seal_last: number | null;
}

function read(connection: Connection, execution: string, attempt: number, from: number, limit: number) {
  const frames: Frame[] = [];
  let bytes = 0;
  let next = from;
  for (;;) {
    const rows = chunkRows(
      connection,
      execution,
      attempt,
      next,
      Math.min(rowsPerFetch, limit - frames.length + 1),
    );
    for (const row of rows) {
      if (row.number !== next) return { frames, seal: null };
      if (row.seal_last !== null) return { frames, seal: { last: row.seal_last } };
      if (frames.length >= limit || bytes >= bytesPerRead) return { frames, seal: null };
      frames.push({ number: row.number, channel: row.channel, at: row.at, data: row.data });
      bytes += row.data.byteLength;
      next += 1;
    }
    if (rows.length === 0) return { frames, seal: null };
  }
}

const chunkRows = (
  connection: Connection,
  execution: string,
  attempt: number,
  from: number,
  limit: number,
): ChunkRow[] =>
  connection.all<ChunkRow>(
    `SELECT number, channel, at, data, seal_last FROM chunks
     WHERE execution = ?1 AND attempt = ?2 AND number >= ?3 ORDER BY number LIMIT ?4`,
    [execution, attempt, from, limit],
  );

function appendInput(
  write: Connection,
  execution: string,
  attempt: number,
  input: { key: string; data: Uint8Array; end: boolean },
): InputOutcome {
  const repeated = write.get<{ number: number }>(
    'SELECT number FROM inputs WHERE execution = ?1 AND attempt = ?2 AND key = ?3',
    [execution, attempt, input.key],
  );
  if (repeated !== null) return { kind: 'appended', number: repeated.number };
  const last = write.get<{ number: number; ends: number }>(
    'SELECT number, ends FROM inputs WHERE execution = ?1 AND attempt = ?2 ORDER BY number DESC LIMIT 1',
    [execution, attempt],
  );
  if (last !== null && last.ends === 1) return { kind: 'ended' };
  const number = (last?.number ?? 0) + 1;
  write.run(
    'INSERT INTO inputs (execution, attempt, number, key, data, ends) VALUES (?1, ?2, ?3, ?4, ?5, ?6)',
    [execution, attempt, number, input.key, input.data, input.end ? 1 : 0],
  );
  return { kind: 'appended', number };
}

function readInput(connection: Connection, execution: string, attempt: number, after: number): Input[] {
  const rows = connection.all<{ number: number; data: Uint8Array; ends: number }>(
    `SELECT number, data, ends FROM inputs
     WHERE execution = ?1 AND attempt = ?2 AND number > ?3 ORDER BY number`,
    [execution, attempt, after],
  );
  return rows.map(({ number, data, ends }) => ({ number, data, end: ends === 1 }));
}
