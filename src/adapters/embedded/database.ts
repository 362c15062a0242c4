// The one connection to the database file: its settings, its prepared statements, and what its failures mean. It never
// builds SQL from a value; every table is STRICT, so a row has the shape that its SELECT names.
import { constants, Database, type Statement } from 'bun:sqlite';
import { stat } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { DomainError, isDomainError, unavailable } from '#src/domain/errors.ts';

export type SqlValue = string | number | null | Uint8Array;

export interface Connection {
  all<Row>(sql: string, values?: readonly SqlValue[]): Row[];
  get<Row>(sql: string, values?: readonly SqlValue[]): Row | null;
  /** Answers how many rows changed. */
  run(sql: string, values?: readonly SqlValue[]): number;
  /** Statements without values, for the schema and for transactions. */
  script(sql: string): void;
  inTransaction(): boolean;
  close(): void;
}

/** `onFailure` hears the driver's code of every call that fails, reads as well. */
export const openConnection = (path: string, onFailure: OnFailure = ignored): Connection =>
  connectionOn(
    told(() => openDatabase(path), onFailure),
    onFailure,
  );

export type OnFailure = (code: string) => void;
const ignored: OnFailure = () => undefined;

/** For looking and copying: changes nothing, also beside a process that writes. The file must be there. */
export async function openReader(path: string): Promise<Connection> {
  const isQuiet = await stat(`${path}-wal`).then(
    () => false,
    () => true,
  );
  // Without a log nobody writes: told so, the driver makes no files beside the database.
  const [address, flags] = isQuiet
    ? [`${pathToFileURL(path).href}?immutable=1`, constants.SQLITE_OPEN_READONLY | constants.SQLITE_OPEN_URI]
    : [path, constants.SQLITE_OPEN_READONLY];
  return connectionOn(
    told(() => {
      const database = new Database(address, flags);
      database.run('PRAGMA busy_timeout = 5000');
      return database;
    }, ignored),
    ignored,
  );
}

function connectionOn(database: Database, onFailure: OnFailure): Connection {
  const statements = statementCache(database);
  return {
    all: <Row>(sql: string, values: readonly SqlValue[] = []) =>
      told(() => statements.get(sql).all(...values) as Row[], onFailure),
    get: <Row>(sql: string, values: readonly SqlValue[] = []) =>
      told(() => statements.get(sql).get(...values) as Row | null, onFailure),
    run: (sql, values = []) => told(() => statements.get(sql).run(...values).changes, onFailure),
    script: (sql) => told(() => void database.run(sql), onFailure),
    inTransaction: () => database.inTransaction,
    close() {
      // A statement that is still prepared would keep the file open behind our back.
      statements.finalize();
      database.close();
    },
  };
}

/** A driver's failure as one that callers can tell apart. */
export function asDomainError(error: unknown): DomainError {
  if (isDomainError(error)) return error;
  const code = sqliteCode(error);
  if (isFull(error)) return noRoom(error);
  if (passing.some((prefix) => code.startsWith(prefix))) return unavailable('embedded database', error);
  if (isDamage(error)) return damagedStore(error);
  return new DomainError('infrastructure', 'The embedded database refused an operation', {
    detail: code,
    cause: error,
  });
}

/** The disk has no room; the code is the driver's or the system's. */
export const isFull = (error: unknown): boolean => fullCodes.includes(sqliteCode(error));

export const fullCodes = ['SQLITE_FULL', 'SQLITE_IOERR_SHMSIZE', 'ENOSPC', 'EDQUOT'];

const noRoom = (cause: unknown): DomainError =>
  new DomainError('unavailable', 'The platform has no space left to store this; please try again later', {
    detail: 'embedded database',
    cause,
    retryAfterMs: 5_000,
  });

/** What was stored as JSON; anything else in its place is damage, not the fault of whoever reads. */
export function storedJson<Value>(text: string): Value {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw damagedStore(error);
  }
}

function told<Result>(call: () => Result, onFailure: OnFailure): Result {
  try {
    return call();
  } catch (error) {
    onFailure(sqliteCode(error));
    throw asDomainError(error);
  }
}

export const sqliteCode = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';

/** Further failures of the disk or of the moment, not of what was asked: the same call may succeed later. */
const passing = ['SQLITE_IOERR', 'SQLITE_BUSY', 'SQLITE_LOCKED', 'SQLITE_NOMEM', 'SQLITE_CANTOPEN'];

const damage = ['SQLITE_NOTADB', 'SQLITE_CORRUPT'];

/** Of the driver's failure, or of what was made of it. */
export function isDamage(error: unknown): boolean {
  const code = sqliteCode(isDomainError(error) ? error.cause : error);
  return damage.some((prefix) => code.startsWith(prefix));
}

export const damagedStore = (cause?: unknown): DomainError =>
  new DomainError('unavailable', 'The platform cannot do this until its operator has repaired its store', {
    detail: 'the embedded database is damaged',
    cause,
    retryAfterMs: 60_000,
  });

const statementsMax = 400;

type Prepared = Statement<unknown, SqlValue[]>;

/** Filters make statements of many shapes, so the cache has an end; the oldest goes first, and is prepared anew if still in use. */
function statementCache(database: Database) {
  const cached = new Map<string, Prepared>();

  function prepare(sql: string): Prepared {
    for (const [oldest, statement] of cached) {
      if (cached.size < statementsMax) break;
      statement.finalize();
      cached.delete(oldest);
    }
    return database.prepare<unknown, SqlValue[]>(plannedOnce(sql));
  }

  return {
    get(sql: string): Prepared {
      const known = cached.get(sql);
      if (known !== undefined) return known;
      const statement = prepare(sql);
      cached.set(sql, statement);
      return statement;
    },
    finalize(): void {
      for (const statement of cached.values()) statement.finalize();
      cached.clear();
    },
  };
}

/**
 * The driver forgets a statement's plan whenever another value is bound on which the plan might depend, which is nearly every value
 * of a statement that sorts or joins; planning costs ten times as much as looking. A sign that changes nothing hides the value.
 */
export const plannedOnce = (sql: string): string => sql.replaceAll(/\?\d+/g, '+$&');

function openDatabase(path: string): Database {
  const database = new Database(path, { create: true, readwrite: true, strict: true });
  try {
    for (const pragma of pragmas) database.run(`PRAGMA ${pragma}`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

const pragmas = [
  // First, so that whatever follows waits for a lock instead of failing at once.
  'busy_timeout = 5000',
  'journal_mode = WAL',
  // What the log holds is consistent after a power cut, and the writer syncs it before it tells anybody.
  'synchronous = NORMAL',
  'foreign_keys = ON',
  'temp_store = MEMORY',
  // In KiB. Turns find their records in memory of our own; four times as much was measured to make nothing faster.
  'cache_size = -8000',
  // 16 MiB of log between checkpoints, and no more than that kept on disk after one.
  'wal_autocheckpoint = 4000',
  'journal_size_limit = 67108864',
];
