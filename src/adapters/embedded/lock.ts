// One process to a data folder. The lock is SQLite's own on a file beside the database: the kernel gives it back when the
// process dies, however it dies, so there is no stale lock to remove by hand.
import { Database } from 'bun:sqlite';
import { chmod, mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DomainError, unavailable } from '#src/domain/errors.ts';
import { isFull, sqliteCode } from './database.ts';

export interface FolderLock {
  release(): void;
}

/** Makes the folder if need be, for its owner alone, and holds it until released or until the process is gone. */
export async function lockFolder(dataDir: string): Promise<FolderLock> {
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    await chmod(dataDir, 0o700);
    return lockFile(join(dataDir, 'greenroom.lock'));
  } catch (error) {
    if (isFull(error)) throw unavailable('data folder', error);
    throw sqliteCode(error).startsWith('SQLITE_BUSY') ? inUse(dataDir, error) : unusable(dataDir, error);
  }
}

/** Whether some process holds the folder; takes and makes nothing. */
export async function folderIsLocked(dataDir: string): Promise<boolean> {
  const path = join(dataDir, 'greenroom.lock');
  if (!(await isThere(path))) return false;
  const database = new Database(path, { readonly: true });
  try {
    database.query('SELECT count(*) FROM sqlite_schema').get();
    return false;
  } catch (error) {
    if (sqliteCode(error).startsWith('SQLITE_BUSY')) return true;
    throw unusable(dataDir, error);
  } finally {
    database.close();
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    if (code === 'ENOENT' || code === 'ENOTDIR') return false;
    throw error;
  }
}

function lockFile(path: string): FolderLock {
  const database = new Database(path, { create: true, readwrite: true });
  try {
    database.run('PRAGMA locking_mode = EXCLUSIVE');
    database.run('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    throw error;
  }
  return {
    release: () => {
      database.run('ROLLBACK');
      database.close();
    },
  };
}

const inUse = (dataDir: string, cause: unknown): DomainError =>
  new DomainError(
    'conflict',
    'Another process is using this data folder; stop it, or choose another folder',
    {
      detail: dataDir,
      cause,
    },
  );

const unusable = (dataDir: string, cause: unknown): DomainError =>
  new DomainError(
    'infrastructure',
    'The data folder cannot be made or written; check its owner and its rights',
    {
      detail: dataDir,
      cause,
    },
  );
