// A small disk of its own for one process, with or without the rights of root: memory, mounted where only that process
// and its children see it, and gone with them.
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Words before a command: it becomes the command, with a disk of this size mounted on the folder: `64m`. */
export function onSmallDisk(folder: string, size: string): string[] {
  const mount = `mount -t tmpfs -o size=${size},mode=700 none "$0"`;
  const user = process.getuid?.() ?? 0;
  if (user === 0) return ['unshare', '--mount', 'sh', '-c', `${mount} && exec "$@"`, folder];
  // Only root mounts, if of a namespace of his own; the command must be the ordinary user again.
  const again = `unshare --user --map-user=${user} --map-group=${process.getgid?.() ?? user}`;
  const words = `${mount} && exec ${again} -- "$@"`;
  return ['unshare', '--user', '--map-root-user', '--mount', 'sh', '-c', words, folder];
}

/** The folder as that process sees it. */
export const seenBy = (pid: number, folder: string): string => `/proc/${pid}/root${folder}`;

const ballast = 'ballast';

/** Takes all the space that is left. */
export async function fillUp(folder: string): Promise<void> {
  const file = await open(join(folder, ballast), 'a');
  try {
    for (const size of [1024 * 1024, 4096]) while (await fits(file, Buffer.alloc(size)));
  } finally {
    await file.close();
  }
}

export const giveRoom = (folder: string): Promise<void> => rm(join(folder, ballast));

async function fits(file: Awaited<ReturnType<typeof open>>, bytes: Uint8Array): Promise<boolean> {
  try {
    return (await file.write(bytes)).bytesWritten === bytes.length;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') return false;
    throw error;
  }
}
