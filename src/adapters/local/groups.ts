// Control groups, where this machine lets us write them: version 1 (one tree a controller) or 2 (one tree).
// Everything of ours lies under greenroom/<installation>; nothing outside of it is ever touched.
import { mkdir, readdir, readFile, realpath, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Limits } from '#src/domain/execution.ts';

export interface Group {
  /** Folders that the sandbox joins by itself, before it gives its rights up. */
  joins: string[];
  counters: { oom: string; peak: string; cpu: string };
  /** Memory and processes from the start; the processor's share only once it has booted. */
  limit(limits: GroupLimits): Promise<void>;
  /** Kills whatever is left and removes the group; false when something would not go. */
  remove(): Promise<boolean>;
}

export type GroupLimits = Pick<Limits, 'memoryBytes' | 'processesMax'> & { cpuMillis: number | null };

export interface Groups {
  version: 1 | 2;
  create(name: string, limits: GroupLimits): Promise<Group>;
  /** At start: kills and removes what an earlier process of this installation left. Answers how many groups. */
  sweep(): Promise<number>;
  /** At the end, when no group is left: removes the installation's own folder. */
  close(): Promise<void>;
}

/** For the two Pythons of the supervisor and what it keeps unacknowledged; the script's own limit comes on top. */
const supervisorMemoryBytes = 24 * 1024 * 1024;
const supervisorProcesses = 4;
const periodMicros = 100_000;
const killTries = 200;

/** Null where groups cannot be made: limits are then kept by the processes' own and by looking. */
export async function openGroups(installation: string, root = '/sys/fs/cgroup'): Promise<Groups | null> {
  const first = await readFile(join(root, 'cgroup.controllers'), 'utf8').then(
    () => () => openSecond(root, installation),
    () => () => openFirst(root, installation),
  );
  try {
    return await first();
  } catch (error) {
    if (isSystemError(error)) return null;
    throw error;
  }
}

async function openFirst(root: string, installation: string): Promise<Groups> {
  const base = `greenroom/${installation}`;
  const controllers = new Map<string, string>();
  for (const controller of ['memory', 'pids', 'cpu', 'cpuacct']) {
    const tree = await realpath(join(root, controller));
    await mkdir(join(tree, base), { recursive: true });
    controllers.set(controller, join(tree, base));
  }
  const trees = [...new Set(controllers.values())];
  const file = (controller: string, name: string, key: string): string =>
    join(controllers.get(controller) ?? root, name, key);
  return {
    version: 1,
    sweep: () => sweep(trees),
    close: () => removeEmpty(trees),
    async create(name, limits) {
      const joins = trees.map((tree) => join(tree, name));
      await Promise.all(joins.map((folder) => mkdir(folder, { recursive: true })));
      const group: Group = {
        joins,
        counters: {
          oom: file('memory', name, 'memory.oom_control'),
          peak: file('memory', name, 'memory.max_usage_in_bytes'),
          cpu: file('cpuacct', name, 'cpuacct.usage'),
        },
        async limit({ memoryBytes, processesMax, cpuMillis }) {
          const bytes = String(memoryBytes + supervisorMemoryBytes);
          const memory = file('memory', name, 'memory.limit_in_bytes');
          const swap = file('memory', name, 'memory.memsw.limit_in_bytes');
          await writeOrdered(memory, swap, bytes);
          await writeFile(file('pids', name, 'pids.max'), String(processesMax + supervisorProcesses));
          if (cpuMillis === null) return;
          await writeFile(file('cpu', name, 'cpu.cfs_period_us'), String(periodMicros));
          await writeFile(file('cpu', name, 'cpu.cfs_quota_us'), String(quotaMicros(cpuMillis)));
        },
        remove: () => removeAll(joins),
      };
      await group.limit(limits);
      return group;
    },
  };
}

async function openSecond(root: string, installation: string): Promise<Groups> {
  const base = join(root, 'greenroom', installation);
  await mkdir(base, { recursive: true });
  for (const folder of [root, join(root, 'greenroom'), base]) {
    await writeFile(join(folder, 'cgroup.subtree_control'), '+memory +pids +cpu');
  }
  return {
    version: 2,
    sweep: () => sweep([base]),
    close: () => removeEmpty([base]),
    async create(name, limits) {
      const folder = join(base, name);
      await mkdir(folder);
      const group: Group = {
        joins: [folder],
        counters: {
          oom: join(folder, 'memory.events'),
          peak: join(folder, 'memory.peak'),
          cpu: join(folder, 'cpu.stat'),
        },
        async limit({ memoryBytes, processesMax, cpuMillis }) {
          await writeFile(join(folder, 'memory.max'), String(memoryBytes + supervisorMemoryBytes));
          await writeIfThere(join(folder, 'memory.swap.max'), '0');
          await writeFile(join(folder, 'pids.max'), String(processesMax + supervisorProcesses));
          if (cpuMillis === null) return;
          await writeFile(join(folder, 'cpu.max'), `${quotaMicros(cpuMillis)} ${periodMicros}`);
        },
        remove: () => removeAll([folder]),
      };
      await group.limit(limits);
      return group;
    },
  };
}

const quotaMicros = (cpuMillis: number): number =>
  Math.max(1_000, Math.round((cpuMillis * periodMicros) / 1_000));

/** Memory with swap may never be less than memory: which of the two goes first depends on the direction. */
async function writeOrdered(memory: string, swap: string, bytes: string): Promise<void> {
  try {
    await writeFile(memory, bytes);
    await writeIfThere(swap, bytes);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    await writeIfThere(swap, bytes);
    await writeFile(memory, bytes);
  }
}

/** Kernels without swap accounting lack the file. */
async function writeIfThere(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text, { flag: 'r+' });
  } catch (error) {
    if (!isSystemError(error) || error.code !== 'ENOENT') throw error;
  }
}

async function sweep(trees: string[]): Promise<number> {
  const names = new Set<string>();
  for (const tree of trees) {
    for (const entry of await readdir(tree, { withFileTypes: true })) {
      if (entry.isDirectory()) names.add(entry.name);
    }
  }
  const done = await Promise.all([...names].map((name) => removeAll(trees.map((tree) => join(tree, name)))));
  return done.filter(Boolean).length;
}

async function removeEmpty(folders: string[]): Promise<void> {
  await Promise.all(folders.map(removeOne));
}

async function removeAll(folders: string[]): Promise<boolean> {
  for (let attempt = 0; attempt < killTries; attempt += 1) {
    const gone = await Promise.all(folders.map(removeOne));
    if (gone.every(Boolean)) return true;
    await Promise.all(folders.map(killMembers));
    await Bun.sleep(Math.min(20, 1 + attempt));
  }
  return false;
}

async function removeOne(folder: string): Promise<boolean> {
  try {
    await rmdir(folder);
    return true;
  } catch (error) {
    if (isSystemError(error) && error.code === 'ENOENT') return true;
    if (isSystemError(error)) return false;
    throw error;
  }
}

async function killMembers(folder: string): Promise<void> {
  const text = await readFile(join(folder, 'cgroup.procs'), 'utf8').catch(() => '');
  for (const pid of text.split('\n').filter(Boolean)) {
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch (error) {
      if (!isSystemError(error) || error.code !== 'ESRCH') throw error;
    }
  }
}

const isSystemError = (error: unknown): error is Error & { code: string } =>
  error instanceof Error && 'code' in error && typeof error.code === 'string';
