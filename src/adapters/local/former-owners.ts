// The processes that had this folder's sandboxes before: whoever has it now made sure that nothing of theirs is left, so that
// nobody need wait until their leases prove it.
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A placement of an older one has long been proved gone by its lease. */
const namesMost = 50;

/** Enters this process and answers those before it. Call it after their sandboxes were ended. */
export async function succeed(installationDir: string, process: string): Promise<string[]> {
  const path = join(installationDir, 'owners');
  const former = (await readNames(path)).slice(-namesMost);
  const draft = `${path}.new`;
  await writeFile(draft, [...former, process].join('\n'), { mode: 0o600 });
  await rename(draft, path);
  return former;
}

async function readNames(path: string): Promise<string[]> {
  try {
    return (await readFile(path, 'utf8')).split('\n').filter((name) => name !== '');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
