// Records, documents and output on MongoDB, for any number of processes.
import type { Db } from 'mongodb';
import { isDomainError } from '#src/domain/errors.ts';
import type { Clock } from '#src/ports/clock.ts';
import type { Documents } from '#src/ports/documents.ts';
import type { Logger } from '#src/ports/logger.ts';
import type { OutputLog } from '#src/ports/output-log.ts';
import type { Records } from '#src/ports/records.ts';
import { type MigrationTarget, migrationTarget } from './contents.ts';
import { mongoDocuments } from './documents.ts';
import type { MongoGate } from './gate.ts';
import { clockAheadMs, gateTo, greeted, hello, isAlone } from './greeting.ts';
import { assertNoneUnfinished, fillable } from './migration-mark.ts';
import { chunkIndexes, chunksCollection, mongoOutputLog } from './output-log.ts';
import { insisting } from './patience.ts';
import { recordIndexes, recordsCollection } from './record-document.ts';
import { mongoRecords } from './records.ts';
import { inputIndexes, inputsCollection } from './run-input.ts';

export interface MongoEngines {
  records: Records;
  documents: Documents;
  outputLog: OutputLog;
  /** By how much the server's clock is ahead of this machine's, in milliseconds. @throws unavailable */
  clockAheadMs(): Promise<number>;
  /** Whether the server answers, as one that takes writes. */
  ready(): Promise<boolean>;
  close(): Promise<void>;
}

export interface ConnectOptions {
  /** Connection string, with credentials and TLS by its own options. */
  uri: string;
  database: string;
  logger: Logger;
  /** How long to wait for the server at the start. Default 10,000 ms. */
  openWithinMs?: number;
}

export interface MongoOptions extends ConnectOptions {
  clock: Clock;
  /** Called after a commit of a document that left events to publish. */
  outboxWaits(): void;
}

const indexesWithinMs = 30_000;
/** A server that is busy, or away for a moment, ends no process that starts. */
const startWithinMs = 10_000;

/** Rejects with a sentence for the operator when there is no server that this process can work with. */
export async function openMongo(options: MongoOptions): Promise<MongoEngines> {
  const gate = await openGate(options, assertNoneUnfinished);
  return {
    records: mongoRecords(gate),
    documents: mongoDocuments({ gate, clock: options.clock, outboxWaits: options.outboxWaits }),
    outputLog: mongoOutputLog(gate),
    clockAheadMs: () => insisting(startWithinMs, () => clockAheadMs(gate)),
    ready: () => hello(gate).then(({ isWritablePrimary }) => isWritablePrimary === true, notReady),
    close: gate.close,
  };
}

/** The database, to be filled from another store. Rejects as `openMongo` does. */
export const openMigrationTarget = async (options: ConnectOptions): Promise<MigrationTarget> =>
  migrationTarget(await openGate(options, fillable));

/** @param check looks at the database before anything is made in it */
async function openGate(options: ConnectOptions, check: (db: Db) => Promise<unknown>): Promise<MongoGate> {
  const gate = gateTo(options);
  try {
    const greeting = await greeted(gate, options.openWithinMs ?? 10_000);
    if (isAlone(greeting))
      options.logger.warn(
        { hosts: gate.hosts() },
        'The MongoDB server stands alone: what it has acknowledged is lost with its disk; use a replica set',
      );
    await insisting(startWithinMs, () => gate.call(check));
    await insisting(indexesWithinMs, () => makeIndexes(gate));
    return gate;
  } catch (error) {
    await gate.close();
    throw error;
  }
}

/** What is there already stays as it is, also when several processes start at once. */
async function makeIndexes({ call }: MongoGate): Promise<void> {
  const wanted = [
    [recordsCollection, recordIndexes],
    [chunksCollection, chunkIndexes],
    [inputsCollection, inputIndexes],
  ] as const;
  for (const [collection, indexes] of wanted)
    await call((db) => db.collection(collection).createIndexes([...indexes]), indexesWithinMs);
}

function notReady(error: unknown): boolean {
  if (isDomainError(error)) return false;
  throw error;
}
