// Sandboxes of an earlier process of this installation. They end by themselves within moments of their owner's death; this
// makes sure of it before anybody says that they are gone.
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';

const patienceMs = 5_000;
const lookEveryMs = 10;

/**
 * Ends every process that runs this installation's supervisor, of this version or another, and resolves when none is left.
 * @throws when one survives its killing: a machine in that state must not be told to be clean
 */
export async function endLeftOvers(supervisorPath: string): Promise<void> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const found = await processesOf(supervisorPath);
    if (found.length === 0) return;
    if (performance.now() > deadline) throw new Error('sandboxes of an earlier process do not end');
    for (const pid of found) kill(pid);
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
}

async function processesOf(supervisorPath: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const matching = await Promise.all(
    pids.map(async (pid) => ((await runs(pid, supervisorPath)) ? pid : null)),
  );
  return matching.filter((pid) => pid !== null && pid !== process.pid).map(Number);
}

async function runs(pid: number, supervisorPath: string): Promise<boolean> {
  // Each version of the supervisor has a folder of its own, `supervisor-<digest>`.
  const versions = `${dirname(dirname(supervisorPath))}/supervisor-`;
  try {
    // A dead one that nobody has waited for has no command line any more.
    const words = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0');
    return words.some((word) => word.startsWith(versions) && word.endsWith(`/${basename(supervisorPath)}`));
  } catch (error) {
    if (isGone(error)) return false;
    throw error;
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

const isGone = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && ['ENOENT', 'ESRCH', 'EACCES'].includes(String(error.code));
