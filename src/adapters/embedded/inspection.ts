// Whether a file is a database of ours, whole, and of a version that this binary knows; and what it holds. Changes nothing.
import { open } from 'node:fs/promises';
import { DomainError, isDomainError } from '#src/domain/errors.ts';
import { type Connection, isDamage, openReader } from './database.ts';
import { collectionNames } from './document-table.ts';
import { comparable } from './filter.ts';
import { newer } from './migrations.ts';
import { schemaSteps } from './schema-steps.ts';

export interface Inspection {
  /** The last step of the schema that was applied. */
  step: number;
  /** Time of the last turn of all; null where there is none. */
  newestAt: number | null;
  records: readonly RecordsHeld[];
  /** Frames of output. */
  frames: number;
  events: number;
  documents: readonly { collection: string; count: number }[];
}

export interface RecordsHeld {
  machine: string;
  /** The newest version of the machine that wrote one. */
  version: number;
  count: number;
  unfinished: number;
}

/** Rejects with a sentence for what is no database of ours, damaged, or newer than this binary. */
export async function inspectDatabase(path: string): Promise<Inspection> {
  if (!(await hasMagic(path))) throw foreign(path);
  const connection = await openReader(path);
  try {
    const step = stepOf(connection, path);
    assertWhole(connection, path);
    return { step, ...summary(connection) };
  } catch (error) {
    // What a whole database would have answered.
    throw isDamage(error) || (isDomainError(error) && error.kind === 'infrastructure')
      ? damaged(path, error)
      : error;
  } finally {
    connection.close();
  }
}

const magic = 'SQLite format 3\0';

async function hasMagic(path: string): Promise<boolean> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(magic.length), 0, magic.length, 0);
    return bytesRead === magic.length && buffer.toString('latin1') === magic;
  } finally {
    await file.close();
  }
}

function stepOf(connection: Connection, path: string): number {
  const tables = connection.get<{ count: number }>(
    `SELECT count(*) AS count FROM sqlite_schema WHERE type = 'table' AND name IN ('migrations', 'records', 'events')`,
  );
  if (tables?.count !== 3) throw foreign(path);
  const step = connection.get<{ last: number | null }>('SELECT max(number) AS last FROM migrations')?.last;
  const newest = schemaSteps.at(-1)?.number ?? 0;
  if (step === null || step === undefined) throw foreign(path);
  if (step > newest) throw newer(step, newest);
  return step;
}

function assertWhole(connection: Connection, path: string): void {
  const found = connection.get<{ integrity_check: string }>('PRAGMA integrity_check(1)')?.integrity_check;
  if (found !== 'ok') throw damaged(path);
  const bare = connection.get(
    'SELECT 1 FROM records LEFT JOIN record_bodies USING (row) WHERE body IS NULL OR NOT json_valid(body) LIMIT 1',
  );
  if (bare !== null) throw damaged(path);
}

function summary(connection: Connection): Omit<Inspection, 'step'> {
  const counted = (sql: string): number => connection.get<{ count: number }>(sql)?.count ?? 0;
  return {
    newestAt: connection.get<{ at: number | null }>('SELECT max(at) AS at FROM records')?.at ?? null,
    records: connection.all<RecordsHeld>(
      `SELECT machine, max(machine_version) AS version, count(*) AS count, sum(final = ?1) AS unfinished
       FROM records GROUP BY machine ORDER BY machine`,
      [comparable(false)],
    ),
    frames: counted('SELECT count(*) AS count FROM chunks WHERE seal_last IS NULL'),
    events: counted('SELECT count(*) AS count FROM events'),
    documents: collectionNames(connection).map((collection) => ({
      collection,
      // The name comes from the schema, which a stranger may have written.
      count: counted(`SELECT count(*) AS count FROM "documents.${collection.replaceAll('"', '""')}"`),
    })),
  };
}

export const damaged = (path: string, cause?: unknown): DomainError =>
  new DomainError('invalid_state', 'The database is damaged or not whole', { detail: path, cause });

const foreign = (path: string): DomainError =>
  new DomainError('validation', 'This file is not a database of Greenroom', { detail: path });
