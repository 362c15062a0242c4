// `greenroom backup FILE`: one file that holds the whole database as it was at one moment, also while a server writes it.
// The copy is made by this process, as a second reader beside the server, so that no turn waits for it; the server is only
// asked whether it is there, because any other holder of the folder may be in the middle of exchanging the database.
import { lstat, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';
import type { Config } from '#src/config/options.ts';
import { DomainError } from '#src/domain/errors.ts';
import { copyDatabase, inspectBackup, sealBackup } from './adapters/embedded/backup-file.ts';
import { databasePath } from './adapters/embedded/engines.ts';
import { lockFolder } from './adapters/embedded/lock.ts';
import { systemClock } from './adapters/system/clock.ts';
import { askServer } from './command-socket.ts';
import { syncFolder } from './disk.ts';
import { assertEmbedded } from './embedded-only.ts';
import { fileTrouble } from './file-trouble.ts';
import { holdingLines } from './holding-lines.ts';
import { interruptible } from './interruption.ts';
import { version } from './version.ts';

export interface BackupWords {
  file: string;
  /** Replaces a file that is there. */
  force: boolean;
  /** Puts the secret key of the data folder into the copy. */
  withKey: boolean;
}

/** Answers what was done, line by line. @throws DomainError with a sentence; nothing half made is left. */
export async function backupCommand(config: Config, words: BackupWords): Promise<string[]> {
  assertEmbedded(config, 'backup');
  const dataDir = config['data.dir'];
  const target = resolve(words.file);
  const database = databasePath(dataDir);
  await stat(database).catch((error: unknown) => {
    throw fileTrouble(error, 'There is no database to copy', database);
  });
  await assertTarget(target, dataDir, words);
  const secretKey = words.withKey ? await storedKey(config) : null;
  const lock = (await askServer(dataDir, 'status', {})) === null ? await lockFolder(dataDir) : null;
  const draft = join(dirname(target), `.${basename(target).slice(0, 100)}.${crypto.randomUUID()}`);
  try {
    return await interruptible(async (check) => {
      await copyDatabase(database, draft);
      check();
      await sealBackup(draft, { madeAt: systemClock().now(), version, secretKey });
      const copy = await inspectBackup(draft);
      check();
      await assertTarget(target, dataDir, words);
      await rename(draft, target);
      await syncFolder(dirname(target));
      return [`Wrote ${target}`, ...holdingLines(copy), keyLine(words.withKey)];
    });
  } catch (error) {
    throw fileTrouble(error, 'The backup could not be written', target);
  } finally {
    await rm(draft, { force: true });
    lock?.release();
  }
}

const keyLine = (withKey: boolean): string =>
  withKey
    ? 'The secret key is in it: whoever reads this file can sign in as anybody.'
    : 'The secret key is not in it: without that key everybody signs in anew after a restore.';

/** A place in which a backup may be written, and nothing that must not be replaced. */
async function assertTarget(target: string, dataDir: string, { file, force }: BackupWords): Promise<void> {
  if (file === '') throw refused('The name of the backup is empty', target);
  try {
    const folder = await realpath(dirname(target));
    if (!(await stat(folder)).isDirectory())
      throw refused('The folder of the backup is not a folder', folder);
    const data = await realpath(dataDir);
    if (`${folder}${sep}`.startsWith(`${data}${sep}`)) {
      throw refused('A backup does not belong in the data folder; name a place outside of it', target);
    }
  } catch (error) {
    throw fileTrouble(error, 'The backup could not be written', target);
  }
  const there = await lstat(target).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw fileTrouble(error, 'The backup could not be written', target);
  });
  if (there === null) return;
  if (there.isDirectory()) throw refused('The name of the backup is that of a folder', target);
  if (!there.isFile()) throw refused('What is there is not an ordinary file, and is not replaced', target);
  if (!force) throw refused('The file is there already; --force replaces it', target);
}

async function storedKey(config: Config): Promise<string> {
  const path = join(config['data.dir'], 'secret.key');
  if (config['secret.key'] !== '') {
    throw refused(
      'The secret key comes from the settings, so keep it with them and leave --with-key out',
      path,
    );
  }
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    throw fileTrouble(error, 'The secret key could not be read', path);
  }
}

const refused = (message: string, detail: string): DomainError =>
  new DomainError('validation', message, { detail });
