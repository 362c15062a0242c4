// At every start: boots one sandbox, lets a probe try to break out of it, and compares what it saw with what must be seen.
import { readlink } from 'node:fs/promises';

import { DomainError } from '#src/domain/errors.ts';

import { converse } from './dialogue.ts';
import { type Check, compare, compareNamespaces } from './expectations.ts';
import probe from './probe.py' with { type: 'text' };
import type { Sandbox } from './sandbox.ts';

export interface SelfTestReport {
  isolation: 'full' | 'reduced';
  /** Version of the control groups in use; null: limits are kept by the processes' own and by looking. */
  groups: 1 | 2 | null;
  /** 0 where the kernel has no Landlock. */
  landlock: number;
  asRoot: boolean;
  tookMs: number;
  checks: Check[];
}

const limits = {
  wall_ms: 10_000,
  cpu_ms: 10_000,
  memory_bytes: 128 * 1024 * 1024,
  processes: 16,
  disk_bytes: 8 * 1024 * 1024,
  output_bytes: 1024 * 1024,
  artifact_bytes: 0,
  files_open: 64,
};
const kinds = ['user', 'pid', 'net', 'mnt', 'ipc', 'uts', 'cgroup'];
const leastLandlockAlone = 6;

/** Throws with a sentence that says what to install or allow. */
export async function testIsolation(
  sandbox: Sandbox,
  isolation: 'full' | 'reduced',
): Promise<Pick<SelfTestReport, 'landlock' | 'checks'>> {
  const ready = await sandbox.ready.catch((error: unknown) => {
    throw impossible(isolation, detailOf(error), error);
  });
  if (isolation === 'reduced' && ready.landlock < leastLandlockAlone) {
    throw new DomainError(
      'infrastructure',
      `Reduced isolation needs Linux 6.12 or later with Landlock enabled (version ${leastLandlockAlone} of it; here: ${ready.landlock})`,
    );
  }
  const heard = await converse(sandbox, { script: probe, args: [], limits });
  const seen = parse(heard.stdout);
  if (seen === null) {
    throw new DomainError('infrastructure', 'The sandbox’s self-test gave no answer; runs are refused', {
      detail: `${heard.stderr} ${JSON.stringify(heard.exit)} ${(await sandbox.ended).words}`,
    });
  }
  const checks = compare(isolation, seen);
  if (isolation === 'full') checks.push(...compareNamespaces(seen, await ownNamespaces()));
  const failed = checks.filter((check) => !check.passed);
  if (failed.length === 0) return { landlock: ready.landlock, checks };
  throw new DomainError(
    'infrastructure',
    `The sandbox is not tight on this machine, so runs are refused: ${failed.map((check) => check.name).join(', ')}`,
    { detail: failed.map(({ name, expected, seen: was }) => `${name}: ${was}, not ${expected}`).join('; ') },
  );
}

function impossible(isolation: 'full' | 'reduced', words: string, cause: unknown): DomainError {
  if (isolation === 'reduced') {
    return new DomainError('infrastructure', 'A sandbox could not be started on this machine', {
      detail: words,
      cause,
    });
  }
  return new DomainError('infrastructure', adviceFor(words), { detail: words, cause });
}

const allowNamespaces = [
  'This machine lets nobody make user namespaces. Allow them (sysctl -w kernel.unprivileged_userns_clone=1,',
  'user.max_user_namespaces=15000, and on Ubuntu kernel.apparmor_restrict_unprivileged_userns=0;',
  'in a container: a seccomp profile that lets unshare and mount through)',
].join(' ');

function adviceFor(words: string): string {
  const otherwise = ', or set runtime.isolation = "reduced"';
  if (words.startsWith('unshare') || words.includes('uid_map')) return `${allowNamespaces}${otherwise}`;
  if (words.startsWith('mount_setattr')) return `Sandboxes need Linux 5.12 or later${otherwise}`;
  if (words.startsWith('mount proc')) {
    return `This container hides parts of /proc, so no sandbox can have its own. Start it with an unmasked /proc${otherwise}`;
  }
  return `A sandbox could not be started on this machine${otherwise}`;
}

function detailOf(error: unknown): string {
  if (error instanceof DomainError) return error.detail ?? error.message;
  return error instanceof Error ? error.message : String(error);
}

async function ownNamespaces(): Promise<Record<string, string>> {
  const links = await Promise.all(kinds.map((kind) => readlink(`/proc/self/ns/${kind}`)));
  return Object.fromEntries(kinds.map((kind, index) => [kind, links[index] ?? '']));
}

function parse(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
