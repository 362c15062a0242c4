// Looks through this machine's processes for those that belong to one server: its own, its supervisors, its scripts.
import { readdir, readFile } from 'node:fs/promises';

/** Command lines of living processes that have the word in their command line or in their environment. */
export async function processesWith(word: string): Promise<string[]> {
  const found: string[] = [];
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) continue;
    const [words, environment, stat] = await Promise.all(
      ['cmdline', 'environ', 'stat'].map((file) => textOf(`/proc/${pid}/${file}`)),
    );
    if (!`${words}${environment}`.includes(word) || stat?.split(') ').at(-1)?.[0] === 'Z') continue;
    found.push(`${pid} ${(words ?? '').replaceAll('\0', ' ').slice(0, 200)}`);
  }
  return found;
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    // It ended while we looked, or its environment is not ours to read.
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes(code)) return '';
    throw error;
  }
}
