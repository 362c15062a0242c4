// Lays the supervisor's files where Python can read them: a private folder named after their content, written once.
import { chmod, mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { supervisorFiles } from './supervisor/files.ts';

/** Answers the path of the file to start. The folder's name changes with the content, so no stale file is ever run. */
export async function unpackSupervisor(installationDir: string): Promise<string> {
  const name = `supervisor-${digest()}`;
  const folder = join(installationDir, name);
  if (!(await exists(folder))) await write(folder);
  await removeOthers(installationDir, name);
  return join(folder, 'main.py');
}

function digest(): string {
  const hash = new Bun.CryptoHasher('sha256');
  for (const [file, text] of Object.entries(supervisorFiles)) hash.update(`${file}\0${text}\0`);
  return hash.digest('hex').slice(0, 16);
}

async function write(folder: string): Promise<void> {
  const draft = `${folder}.${crypto.randomUUID()}`;
  await mkdir(draft, { recursive: true });
  await chmod(draft, 0o700);
  await Promise.all(
    Object.entries(supervisorFiles).map(([file, text]) =>
      writeFile(join(draft, file), text, { mode: 0o600 }),
    ),
  );
  try {
    await rename(draft, folder);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (!(await exists(folder))) throw error;
  }
}

async function removeOthers(installationDir: string, name: string): Promise<void> {
  const others = (await readdir(installationDir)).filter(
    (entry) => /^supervisor-/.test(entry) && entry !== name,
  );
  await Promise.all(
    others.map((entry) => rm(join(installationDir, entry), { recursive: true, force: true })),
  );
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
