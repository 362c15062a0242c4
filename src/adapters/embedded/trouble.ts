// What is wrong with the database at the moment, as its own calls tell: the last failure counts until a write succeeds
// again. Damage stays until somebody has looked. Nothing is written to find out; the process's heartbeat writes anyway.
import { statfs } from 'node:fs/promises';
import type { Logger } from '#src/ports/logger.ts';
import { fullCodes } from './database.ts';

export type Trouble = 'full' | 'failing' | 'damaged';

export interface TroubleWatch {
  /** The driver's or the system's code of a failed call. */
  failed(code: string): void;
  /** A write is durable. */
  wrote(): void;
  now(): Trouble | null;
}

/** Less than this free, and the disk still counts as full: a small write may find a place that the next one would not. */
const roomBytesMin = 8 * 1024 * 1024;

const words: Record<Trouble, string> = {
  full: 'the disk of the database is full: free some space',
  failing: 'the disk of the database fails: look at its health',
  damaged: 'the database is damaged and takes nothing more: stop, then restore a backup',
};

/** @param roomBytes of the disk on which the file lies */
export function watchTrouble({
  file,
  logger,
  roomBytes = () => freeBytes(file),
}: {
  file: string;
  logger: Logger;
  roomBytes?: () => Promise<number>;
}): TroubleWatch {
  let trouble: Trouble | null = null;
  let failures = 0;
  let looking = false;

  function pass(): void {
    trouble = null;
    logger.info({ file }, 'the database can be written again');
  }

  async function lookForRoom(): Promise<void> {
    const before = failures;
    looking = true;
    const bytes = await roomBytes().catch(() => 0);
    looking = false;
    if (bytes >= roomBytesMin && failures === before && trouble === 'full') pass();
  }

  return {
    failed(code) {
      const found = troubleOf(code);
      if (found !== null) failures += 1;
      if (found === null || found === trouble || trouble === 'damaged') return;
      trouble = found;
      logger.error({ file, code }, words[found]);
    },
    wrote() {
      if (trouble === 'failing') pass();
      if (trouble === 'full' && !looking) void lookForRoom();
    },
    now: () => trouble,
  };
}

async function freeBytes(file: string): Promise<number> {
  const { bavail, bsize } = await statfs(file);
  return bavail * bsize;
}

const codes: readonly (readonly [prefix: string, Trouble])[] = [
  ...fullCodes.map((code) => [code, 'full'] as const),
  ['SQLITE_CORRUPT', 'damaged'],
  ['SQLITE_NOTADB', 'damaged'],
  ['SQLITE_IOERR', 'failing'],
  ['SQLITE_CANTOPEN', 'failing'],
  ['SQLITE_READONLY', 'failing'],
  ['EIO', 'failing'],
];

const troubleOf = (code: string): Trouble | null =>
  codes.find(([prefix]) => code.startsWith(prefix))?.[1] ?? null;
