// Runs one of our test programs as a user without any rights, when the tests themselves run as root.
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const nobodyOfOurs = 12_345;

export const isRoot = process.getuid?.() === 0;

/** The program gets a folder of its own as its first argument; answers what it printed. */
export async function runAsOrdinaryUser(program: string, args: string[] = []): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'greenroom-user-'));
  try {
    await chown(folder, nobodyOfOurs, nobodyOfOurs);
    const command = [process.execPath, join(import.meta.dir, program), folder, ...args];
    const drop = ['setpriv', `--reuid=${nobodyOfOurs}`, `--regid=${nobodyOfOurs}`, '--clear-groups'];
    const child = Bun.spawn([...(isRoot ? drop : []), ...command], {
      env: { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: folder, BUN_INSTALL_CACHE_DIR: folder },
      stdout: 'pipe',
      stderr: 'pipe',
    });
    const [printed, complaints] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
    ]);
    if ((await child.exited) !== 0) throw new Error(`the program failed: ${complaints.slice(0, 2_000)}`);
    return printed;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
