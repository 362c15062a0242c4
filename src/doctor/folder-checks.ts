// The data folder as a start would find it: the folder, its lock, the secret key, the space. Makes nothing, not even what a
// start would make.
import { constants } from 'node:fs';
import { access, readFile, statfs } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { folderIsLocked } from '#src/adapters/embedded/lock.ts';
import type { Config } from '#src/config/options.ts';
import { foundAt } from '#src/disk.ts';
import { type Check, well, wrong } from './check.ts';

export async function checkFolder(dataDir: string): Promise<Check> {
  const name = 'data folder';
  const path = resolve(dataDir);
  const found = await foundAt(path);
  if (found === null) {
    const parent = await nearest(path);
    return (await may(parent, writing))
      ? well(name, `${path} is not there yet; the first start makes it`)
      : wrong(
          name,
          `${path} is not there and cannot be made in ${parent}: make it, or give this user the right`,
        );
  }
  if (!found.isDirectory()) return wrong(name, `${path} is not a folder: move it away, or set data.dir`);
  if (!(await may(path, writing))) return wrong(name, `this user may not write in ${path}: chown it`);
  const mode = (found.mode & 0o777).toString(8);
  return (found.mode & 0o077) === 0
    ? well(name, `${path} is writable and for its owner alone (mode ${mode})`)
    : wrong(name, `${path} is open to others (mode ${mode}): chmod 700 it`);
}

/** `server`: the running server on this folder, if one answers. */
export async function checkLock(dataDir: string, server: { process: string } | null): Promise<Check> {
  const name = 'lock';
  if (!(await folderIsLocked(dataDir))) return well(name, 'free');
  return server === null
    ? wrong(
        name,
        'held by a process that does not answer: wait for a command that is at work, or end that process',
      )
    : well(name, `held by the running server ${server.process}`);
}

const keyLengthMin = 32;

export async function checkKey(config: Config): Promise<Check> {
  const name = 'secret key';
  if (config['secret.key'] !== '') return well(name, 'given by the settings');
  const path = join(resolve(config['data.dir']), 'secret.key');
  const found = await foundAt(path);
  if (found === null) return well(name, 'not there yet; the first start makes it');
  if ((found.mode & 0o077) !== 0) return wrong(name, `${path} is readable by others: chmod 600 it`);
  if (!(await may(path, constants.R_OK))) return wrong(name, `this user may not read ${path}: chown it`);
  const key = await readFile(path, 'utf8');
  return key.trim().length < keyLengthMin
    ? wrong(
        name,
        `${path} holds no key of ${keyLengthMin} characters: restore it, or remove it to end all sessions`,
      )
    : well(name, `${path}, readable by its owner alone`);
}

const freeBytesMin = 512 * 1024 * 1024;

export async function checkSpace(dataDir: string): Promise<Check> {
  const { bavail, bsize } = await statfs(await nearest(resolve(dataDir)));
  const free = bavail * bsize;
  const words = `${Math.floor(free / 1024 ** 2)} MiB free`;
  return free < freeBytesMin ? wrong('disk space', `only ${words}: free some`) : well('disk space', words);
}

/** The folder itself, or the nearest above it that is there. */
async function nearest(path: string): Promise<string> {
  const found = await foundAt(path);
  return found !== null || dirname(path) === path ? path : nearest(dirname(path));
}

const writing = constants.W_OK | constants.X_OK;

const may = (path: string, what: number): Promise<boolean> =>
  access(path, what).then(
    () => true,
    () => false,
  );
