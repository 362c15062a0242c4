// The embedded profile: every engine on one database file in one data folder, for one process.
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { DomainError } from '#src/domain/errors.ts';
import type { Clock } from '#src/ports/clock.ts';
import type { Documents } from '#src/ports/documents.ts';
import type { Leases } from '#src/ports/leases.ts';
import type { Limiter } from '#src/ports/limiter.ts';
import { type LiveFeed, outboxChannel } from '#src/ports/live-feed.ts';
import type { Logger } from '#src/ports/logger.ts';
import type { OutputLog } from '#src/ports/output-log.ts';
import type { Records } from '#src/ports/records.ts';
import { type EmbeddedBus, embeddedBus } from './bus.ts';
import { lastTime } from './bus-store.ts';
import { countingDocuments, countingRecords, createChanges } from './changes.ts';
import { type Connection, isDamage, type OnFailure, openConnection } from './database.ts';
import { embeddedDocuments } from './documents.ts';
import { embeddedLeases } from './leases.ts';
import { embeddedLimiter } from './limiter.ts';
import { embeddedLiveFeed } from './live-feed.ts';
import { lockFolder } from './lock.ts';
import { migrate } from './migrations.ts';
import { embeddedOutputLog } from './output-log.ts';
import { embeddedRecords } from './records.ts';
import { rememberingDocuments, rememberingRecords } from './remembering.ts';
import { type Trouble, watchTrouble } from './trouble.ts';
import { openWriter } from './writer.ts';

export interface EmbeddedEngines {
  records: Records;
  bus: EmbeddedBus;
  documents: Documents;
  outputLog: OutputLog;
  liveFeed: LiveFeed;
  limiter: Limiter;
  leases: Leases;
  /** The time that what was written last bears, or null: a clock must not go back before it. */
  lastTime(): number | null;
  /** What keeps the database from its work at the moment. */
  trouble(): Trouble | null;
  /** Gives memory back that is held only to be faster. */
  rest(): void;
  /** Commits what waits and gives the folder back. Close subscriptions first: messages in flight are not waited for. */
  close(): Promise<void>;
}

export interface EmbeddedOptions {
  dataDir: string;
  clock: Clock;
  logger: Logger;
}

export const databasePath = (dataDir: string): string => join(dataDir, 'greenroom.db');

/** Rejects with a sentence for the operator when the folder is in use, or its database newer than this binary or damaged. */
export async function openEmbedded({ dataDir, clock, logger }: EmbeddedOptions): Promise<EmbeddedEngines> {
  const lock = await lockFolder(dataDir);
  try {
    const file = databasePath(dataDir);
    const trouble = watchTrouble({ file, logger });
    const connection = openDatabase(file, clock.now(), trouble.failed);
    const log = await openLog(dataDir);
    // The driver's own fsync also writes the file's times, which costs ten times as much as this and blocks the process.
    const writer = openWriter(connection, () => log.datasync(), undefined, trouble);
    const bus = embeddedBus({ connection, writer, clock, logger });
    const closeAll = async () => {
      await bus.close().finally(writer.close);
      await log.close();
      connection.close();
      lock.release();
    };
    let closing: Promise<void> | null = null;
    const liveFeed = embeddedLiveFeed(logger);
    const changes = createChanges();
    const records = countingRecords(embeddedRecords(connection, writer, bus.outlet), changes);
    const outboxWaits = (): void => liveFeed.hint(outboxChannel);
    const documents = countingDocuments(embeddedDocuments(connection, writer, outboxWaits), changes);
    return {
      records: rememberingRecords(records, changes.count),
      bus,
      documents: rememberingDocuments(documents, changes.count),
      outputLog: embeddedOutputLog(connection, writer),
      liveFeed,
      limiter: embeddedLimiter(),
      leases: embeddedLeases(writer, clock),
      lastTime: () => lastTime(connection),
      trouble: trouble.now,
      rest: () => connection.script('PRAGMA shrink_memory'),
      close: () => {
        closing ??= closeAll();
        return closing;
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

function openDatabase(path: string, now: number, onFailure: OnFailure): Connection {
  try {
    return migrated(openConnection(path, onFailure), now);
  } catch (error) {
    throw isDamage(error) ? unfit(path, error) : error;
  }
}

function migrated(connection: Connection, now: number): Connection {
  try {
    migrate(connection, now);
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

const unfit = (path: string, cause: unknown): DomainError =>
  new DomainError(
    'infrastructure',
    `The database cannot be used: it is damaged, or no database at all. "greenroom doctor" examines it, and ` +
      `"greenroom restore --force FILE" exchanges it for a backup`,
    { detail: path, cause },
  );

/** The write-ahead log, to be synced. The folder is synced once, so that the log is found again after a power cut. */
async function openLog(dataDir: string): Promise<FileHandle> {
  const folder = await open(dataDir);
  await folder.sync().finally(() => folder.close());
  return open(`${databasePath(dataDir)}-wal`, 'r+');
}
