// The installation's one secret: given by the settings, or made at the first start and kept in the data folder, readable
// by its owner alone. Every other key is derived from it by name, so that none can stand for another.
import { createHmac, randomBytes } from 'node:crypto';
import { chmod, link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

const keyLengthMin = 32;

/** @param given the configured key; empty for the one in the data folder. */
export async function installationKey(dataDir: string, given: string): Promise<string> {
  if (given !== '') return given;
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const path = join(dataDir, 'secret.key');
  const found = await readKey(path);
  if (found !== null) return found;
  await writeOnce(path, randomBytes(48).toString('base64url'));
  const written = await readKey(path);
  if (written === null) throw new Error('the secret key was written and is not there');
  return written;
}

export const deriveKey = (key: string, purpose: string): string =>
  createHmac('sha256', key).update(purpose).digest('base64url');

async function readKey(path: string): Promise<string | null> {
  try {
    const key = (await readFile(path, 'utf8')).trim();
    if (key.length < keyLengthMin)
      throw new Error(`${path} holds no key of at least ${keyLengthMin} characters`);
    await chmod(path, 0o600);
    return key;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

/** All or nothing, and the first of two wins: a half-written key would lock everybody out at the next start. */
async function writeOnce(path: string, key: string): Promise<void> {
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(`${key}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    await link(draft, path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    await rm(draft, { force: true });
  }
}
