// The one writer. Whatever asks to be written during one turn of the event loop is committed together, and one sync of the
// log, off the main thread, serves all that was committed before it. One bad write must never harm another.
import { unavailable } from '#src/domain/errors.ts';
import { asDomainError, type Connection, damagedStore, sqliteCode } from './database.ts';
import type { TroubleWatch } from './trouble.ts';

/** Runs inside a transaction, perhaps twice: it may change nothing but the database. */
export type Write<Result> = (connection: Connection) => Result;

export interface Writer {
  /**
   * Resolves once it would survive a power cut. `committed` is called before that, in the order of the commits: what it
   * sets going is written later in the same log, so it cannot survive what caused it.
   */
  write<Result>(task: Write<Result>, committed?: (result: Result) => void): Promise<Result>;
  /**
   * Resolves after the commit. For what may be lost in a power cut: it is found out again, or matters only to what is written
   * after it, which is lost with it.
   */
  note<Result>(task: Write<Result>, committed?: (result: Result) => void): Promise<Result>;
  /** Writes what waits, and syncs it for whoever waits; whatever comes later is refused. */
  close(): Promise<void>;
}

interface Waiting {
  /** Somebody waits until it is durable: without one of these, a batch costs no sync, and the next one's serves it too. */
  lasting: boolean;
  run(): void;
  committed(): void;
  durable(): void;
  fail(error: unknown): void;
}

/** Bounds the memory of one transaction, and how long it holds up the event loop. */
const batchMax = 1_000;

/** Calls once, soon, unless what it answers is called before. */
type Later = (call: () => void) => () => void;

const afterThisTurn: Later = (call) => {
  const planned = setImmediate(call);
  return () => clearImmediate(planned);
};

/** @param later when what waits is committed; whatever is asked for until then goes with it */
export function openWriter(
  connection: Connection,
  sync: () => Promise<void>,
  later: Later = afterThisTurn,
  trouble: TroubleWatch | null = null,
): Writer {
  const syncs = syncing(connection, sync, trouble);
  let waiting: Waiting[] = [];
  let cancel: (() => void) | null = null;
  let closed = false;

  function flush(): void {
    const batch = waiting.slice(0, batchMax);
    waiting = waiting.slice(batchMax);
    cancel = waiting.length > 0 ? later(flush) : null;
    syncs.add(commitTogether(connection, batch).filter(({ lasting }) => lasting));
  }

  function enqueue(one: Waiting): void {
    if (closed) {
      one.fail(unavailable('embedded database is closed'));
      return;
    }
    // What is accepted now might not be found again, and each write could spoil more.
    if (trouble?.now() === 'damaged') {
      one.fail(damagedStore());
      return;
    }
    waiting.push(one);
    cancel ??= later(flush);
  }

  return {
    write: <Result>(task: Write<Result>, committed: (result: Result) => void = () => undefined) =>
      new Promise<Result>((resolve, reject) => {
        enqueue(waitingFor(() => task(connection), { lasting: true, committed, durable: resolve, reject }));
      }),
    note: <Result>(task: Write<Result>, committed: (result: Result) => void = () => undefined) =>
      new Promise<Result>((resolve, reject) => {
        const told = (result: Result): void => {
          committed(result);
          resolve(result);
        };
        enqueue(
          waitingFor(() => task(connection), {
            lasting: false,
            committed: told,
            durable: () => undefined,
            reject,
          }),
        );
      }),
    close() {
      closed = true;
      while (waiting.length > 0) flush();
      cancel?.();
      return syncs.settled();
    },
  };
}

function waitingFor<Result>(
  task: () => Result,
  told: {
    lasting: boolean;
    committed: (result: Result) => void;
    durable: (result: Result) => void;
    reject: (error: unknown) => void;
  },
): Waiting {
  let outcome: { result: Result } | null = null;
  return {
    lasting: told.lasting,
    run: () => {
      outcome = { result: task() };
    },
    committed: () => {
      if (outcome === null) return;
      try {
        told.committed(outcome.result);
      } catch (error) {
        // The other writes of the batch must hear of their commit all the same.
        told.reject(asDomainError(error));
      }
    },
    durable: () => {
      if (outcome !== null) told.durable(outcome.result);
    },
    fail: (error) => told.reject(asDomainError(error)),
  };
}

/** One sync at a time; what is committed while it runs waits for the next one together. */
function syncing(connection: Connection, sync: () => Promise<void>, trouble: TroubleWatch | null) {
  let committed: Waiting[] = [];
  let running: Promise<void> | null = null;
  /** After a failed sync the system takes what it could not write for written: the log's end cannot be trusted. */
  let suspect = false;

  async function secure(): Promise<void> {
    if (suspect) emptyLog(connection);
    suspect = true;
    await sync();
    suspect = false;
  }

  async function run(): Promise<void> {
    while (committed.length > 0) {
      const group = committed;
      committed = [];
      try {
        await secure();
        trouble?.wrote();
        for (const one of group) one.durable();
      } catch (error) {
        trouble?.failed(sqliteCode(error));
        for (const one of group) one.fail(unavailable('embedded database could not be synced', error));
      }
    }
    running = null;
  }

  return {
    add(group: readonly Waiting[]): void {
      if (group.length === 0) return;
      committed.push(...group);
      running ??= run();
    },
    settled: async (): Promise<void> => {
      await running;
    },
  };
}

/** Takes everything that is in the log to the database itself, durably, and begins the log anew. */
function emptyLog(connection: Connection): void {
  const outcome = connection.get<{ busy: number }>('PRAGMA wal_checkpoint(TRUNCATE)');
  if (outcome?.busy !== 0) throw unavailable('the log of the embedded database could not be emptied');
}

/**
 * Answers those that are committed. The usual case is one plain transaction; only when it fails is each write tried in
 * one of its own.
 */
function commitTogether(connection: Connection, batch: readonly Waiting[]): readonly Waiting[] {
  const error = batch.length === 0 ? null : inTransaction(connection, batch);
  const committed = error === null ? batch : oneByOne(connection, batch, error);
  for (const one of committed) one.committed();
  return committed;
}

function oneByOne(connection: Connection, batch: readonly Waiting[], error: unknown): readonly Waiting[] {
  return batch.filter((one) => {
    const own = batch.length === 1 ? error : inTransaction(connection, [one]);
    if (own !== null) one.fail(own);
    return own === null;
  });
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
