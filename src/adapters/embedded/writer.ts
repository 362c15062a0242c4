// The one writer. Whatever asks to be written during one turn of the event loop is committed together, so that one fsync
// serves all; every caller waits for its own commit. One bad write must never harm another.
import { unavailable } from '#src/domain/errors.ts';
import { asDomainError, type Connection } from './database.ts';

/** Runs inside a transaction, perhaps twice: it may change nothing but the database. */
export type Write<Result> = (connection: Connection) => Result;

export interface Writer {
  /** Resolves after the commit, in the order of the calls. */
  write<Result>(task: Write<Result>): Promise<Result>;
  /** Commits what waits; whatever comes later is refused. */
  close(): void;
}

interface Waiting {
  run(): void;
  /** Only after the commit. */
  succeed(): void;
  fail(error: unknown): void;
}

/** Bounds the memory of one transaction, and how long it holds up the event loop. */
const batchMax = 1_000;

export function openWriter(connection: Connection): Writer {
  let waiting: Waiting[] = [];
  let scheduled: NodeJS.Immediate | null = null;
  let closed = false;

  function flush(): void {
    const batch = waiting.slice(0, batchMax);
    waiting = waiting.slice(batchMax);
    scheduled = waiting.length > 0 ? setImmediate(flush) : null;
    commitTogether(connection, batch);
  }

  return {
    write: <Result>(task: Write<Result>) =>
      new Promise<Result>((resolve, reject) => {
        if (closed) return reject(unavailable('embedded database is closed'));
        waiting.push(outcomeOf(() => task(connection), resolve, reject));
        scheduled ??= setImmediate(flush);
      }),
    close() {
      closed = true;
      while (waiting.length > 0) flush();
      if (scheduled !== null) clearImmediate(scheduled);
    },
  };
}

function outcomeOf<Result>(
  task: () => Result,
  resolve: (result: Result) => void,
  reject: (error: unknown) => void,
): Waiting {
  let outcome: { result: Result } | null = null;
  return {
    run: () => {
      outcome = { result: task() };
    },
    succeed: () => {
      if (outcome !== null) resolve(outcome.result);
    },
    fail: (error) => reject(asDomainError(error)),
  };
}

/** The usual case is one plain transaction. Only when it fails is each write tried in one of its own. */
function commitTogether(connection: Connection, batch: readonly Waiting[]): void {
  if (batch.length === 0) return;
  const error = inTransaction(connection, batch);
  if (error === null) {
    for (const one of batch) one.succeed();
    return;
  }
  const [only] = batch;
  if (batch.length === 1 && only !== undefined) {
    only.fail(error);
    return;
  }
  for (const one of batch) {
    const own = inTransaction(connection, [one]);
    if (own === null) one.succeed();
    else one.fail(own);
  }
}

/** Answers the error, or null after the commit. */
function inTransaction(connection: Connection, batch: readonly Waiting[]): unknown {
  try {
    connection.script('BEGIN IMMEDIATE');
    for (const one of batch) one.run();
    connection.script('COMMIT');
    return null;
  } catch (error) {
    // A full disk rolls back by itself.
    if (connection.inTransaction()) connection.script('ROLLBACK');
    return error ?? new Error('a write failed without saying why');
  }
}
