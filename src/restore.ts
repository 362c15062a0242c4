// `greenroom restore FILE`: a data folder as it was when the backup was made. Everything is prepared in a folder beside the
// database and exchanged at the end, so that a failure at any time leaves either the old database or the new one, whole.
// Never beside a server: the folder's lock is held from the first look to the last.
import { link, mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Config } from '#src/config/options.ts';
import { assert, DomainError, isDomainError } from '#src/domain/errors.ts';
import { pinoLogger } from '#src/observability/logger.ts';
import type { Clock } from '#src/ports/clock.ts';
import {
  copyDatabase,
  inspectBackup,
  type OpenedBackup,
  unsealBackup,
} from './adapters/embedded/backup-file.ts';
import { openConnection } from './adapters/embedded/database.ts';
import { databasePath } from './adapters/embedded/engines.ts';
import { inspectDatabase } from './adapters/embedded/inspection.ts';
import { lockFolder } from './adapters/embedded/lock.ts';
import { openStores } from './adapters/select.ts';
import { systemClock } from './adapters/system/clock.ts';
import { foundAt, syncFolder } from './disk.ts';
import { assertEmbedded } from './embedded-only.ts';
import { endUnfinished, type UnfinishedEnded } from './end-unfinished.ts';
import { fileTrouble } from './file-trouble.ts';
import { holdingLines } from './holding-lines.ts';
import { interruptible } from './interruption.ts';
import { assertKnownMachines } from './known-machines.ts';

export interface RestoreWords {
  file: string;
  /** Exchanges a database that is there; it is kept beside. */
  force: boolean;
  /** Lets unfinished runs go on. */
  keepUnfinished: boolean;
}

/** Answers what was done, line by line. @throws DomainError with a sentence; the folder is then as it was. */
export async function restoreCommand(config: Config, words: RestoreWords): Promise<string[]> {
  assertEmbedded(config, 'restore');
  const file = resolve(words.file);
  const dataDir = config['data.dir'];
  const backup = await openedBackup(file);
  const lock = await lockFolder(dataDir);
  const staging = join(dataDir, `${stagingPrefix}${crypto.randomUUID()}`);
  try {
    await assertMayReplace(dataDir, words.force);
    await removeLeftovers(dataDir);
    return await interruptible(async (check) => {
      await mkdir(staging, { mode: 0o700 });
      await copyDatabase(file, databasePath(staging));
      unsealBackup(databasePath(staging));
      check();
      const ended = await prepared({ ...config, 'data.dir': staging }, words.keepUnfinished);
      await assertClosed(databasePath(staging));
      const key = await plannedKey(config, backup, staging);
      check();
      // From here on only names change.
      const suffix = `.before-restore-${new Date(systemClock().now()).toISOString().replaceAll(':', '-')}`;
      const kept = await keepOld(databasePath(dataDir), suffix);
      await rename(databasePath(staging), databasePath(dataDir));
      const keptKey = await exchangeKey(join(dataDir, keyName), key.draft, suffix);
      await syncFolder(dataDir);
      return [...told(backup, file), ...ended, ...kept, key.words, ...keptKey];
    });
  } catch (error) {
    throw fileTrouble(error, 'The backup could not be restored', file);
  } finally {
    await rm(staging, { recursive: true, force: true });
    lock.release();
  }
}

const stagingPrefix = 'restoring-';
const keyName = 'secret.key';

async function openedBackup(file: string): Promise<OpenedBackup> {
  try {
    if (!(await stat(file)).isFile())
      throw new DomainError('validation', 'The backup is not an ordinary file');
    const backup = await inspectBackup(file);
    assertKnownMachines(backup, 'this backup');
    return backup;
  } catch (error) {
    throw fileTrouble(error, 'The backup could not be read', file);
  }
}

async function assertMayReplace(dataDir: string, force: boolean): Promise<void> {
  const names = await readdir(dataDir);
  if (force || !names.some((name) => name.startsWith('greenroom.db') && !name.includes('.before-restore-')))
    return;
  throw new DomainError(
    'conflict',
    'The data folder holds a database already; --force exchanges it and keeps the old one beside',
    { detail: dataDir },
  );
}

/** What an earlier restore left that was killed. */
async function removeLeftovers(dataDir: string): Promise<void> {
  const left = (await readdir(dataDir)).filter((name) => name.startsWith(stagingPrefix));
  await Promise.all(left.map((name) => rm(join(dataDir, name), { recursive: true, force: true })));
}

/** Brings the copy to this version's schema, and ends in it what cannot go on. */
async function prepared(config: Config, keepUnfinished: boolean): Promise<string[]> {
  const clock: Clock = systemClock();
  const logger = pinoLogger({ level: config['log.level'], process: 'restore' });
  const stores = await openStores(config, clock, logger);
  try {
    if (keepUnfinished)
      return ['Unfinished runs go on at the next start; what they asked for may happen twice.'];
    return endedLines(await endUnfinished(stores, clock));
  } finally {
    await stores.close();
  }
}

/** One whole file: what lay in a log beside it would stay behind. */
async function assertClosed(database: string): Promise<void> {
  assert(!(await isThere(`${database}-wal`)), 'a closed database has no log');
  await inspectDatabase(database);
}

const endedLines = ({ runs, rows, events, placements }: UnfinishedEnded): string[] => [
  `Unfinished runs ended as lost: ${runs}`,
  `Dropped: ${rows} unsent messages, ${events} undelivered events; ${placements} sandboxes marked as gone`,
];

/** The old database under a second name, with its log: what is in the log alone would be missed, and must not meet the new one. */
async function keepOld(database: string, suffix: string): Promise<string[]> {
  const log = `${database}-wal`;
  if (await isThere(log)) emptyLog(database);
  const [hasDatabase, hasLog] = [await isThere(database), await isThere(log)];
  if (hasDatabase) await link(database, database + suffix);
  if (hasLog) await rename(log, `${database}${suffix}-wal`);
  await rm(`${database}-shm`, { force: true });
  return hasDatabase ? [`The old database is kept as ${database}${suffix}`] : [];
}

/** Opened and closed, a healthy database takes its log in; a damaged one keeps it. */
function emptyLog(database: string): void {
  try {
    openConnection(database).close();
  } catch (error) {
    if (!isDomainError(error)) throw error;
  }
}

interface KeyPlan {
  /** What becomes of the key, for the operator. */
  words: string;
  /** A key that waits to be put in its place. */
  draft: string | null;
}

async function plannedKey(config: Config, { facts }: OpenedBackup, staging: string): Promise<KeyPlan> {
  if (config['secret.key'] !== '') return { words: 'The secret key is that of the settings.', draft: null };
  if (typeof facts?.secretKey === 'string') {
    const draft = join(staging, keyName);
    await writeFile(draft, `${facts.secretKey}\n`, { mode: 0o600, flush: true });
    return { words: 'The secret key was restored, and sessions made with it go on.', draft };
  }
  return (await isThere(join(config['data.dir'], keyName)))
    ? { words: 'The secret key in the data folder stays: sessions made with it go on.', draft: null }
    : {
        words: 'The backup holds no secret key: one is made at the next start, and everybody signs in anew.',
        draft: null,
      };
}

async function exchangeKey(path: string, draft: string | null, suffix: string): Promise<string[]> {
  if (draft === null) return [];
  const hadKey = await isThere(path);
  if (hadKey) await link(path, path + suffix);
  await rename(draft, path);
  return hadKey ? [`The old secret key is kept as ${path}${suffix}`] : [];
}

function told(backup: OpenedBackup, file: string): string[] {
  const { facts } = backup;
  const made =
    facts === null ? '' : `, made ${new Date(facts.madeAt).toISOString()} by version ${facts.version}`;
  return [`Restored ${file}${made}`, ...holdingLines(backup)];
}

const isThere = async (path: string): Promise<boolean> => (await foundAt(path)) !== null;
