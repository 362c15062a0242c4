// What lies at a path, and that it stays there.
import type { Stats } from 'node:fs';
import { open, stat } from 'node:fs/promises';

/** Null where nothing is. */
export async function foundAt(path: string): Promise<Stats | null> {
  try {
    return await stat(path);
  } catch (error) {
    if (isAbsence(error)) return null;
    throw error;
  }
}

/** Names that were given or taken in the folder survive a power cut. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path);
  await folder.sync().finally(() => folder.close());
}

const isAbsence = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
