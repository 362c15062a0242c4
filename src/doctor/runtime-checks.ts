// Whether scripts can run here, and how well they are kept apart: the same proof as at a start, in a folder of its own that is
// gone afterwards.
import { mkdtemp, readdir, rm, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findInterpreters } from '#src/adapters/local/interpreters.ts';
import type { LocalPods } from '#src/adapters/local/local-pods.ts';
import { cleanEnvironment } from '#src/adapters/local/sandbox.ts';
import { clusterOf } from '#src/adapters/runtime.ts';
import { openLocalPods } from '#src/adapters/select.ts';
import type { Config } from '#src/config/options.ts';
import type { Clock } from '#src/ports/clock.ts';
import type { Logger } from '#src/ports/logger.ts';
import { type Check, failed, well, wrong } from './check.ts';

export async function checkRuntime(config: Config, clock: Clock, logger: Logger): Promise<Check[]> {
  if (config['runtime.kind'] === 'kubernetes') return [await checkCluster(config, clock)];
  const folder = await mkdtemp(join(tmpdir(), 'greenroom-doctor-'));
  const groups = await ownGroups();
  try {
    const interpreters = await checkInterpreters(config, join(folder, 'interpreters.json'));
    return [interpreters, ...(await checkIsolation(config, folder, clock, logger))];
  } finally {
    await rm(folder, { recursive: true, force: true });
    const before = new Set(groups);
    // Folders of control groups that only this look made.
    const made = (await ownGroups()).filter((path) => !before.has(path));
    await Promise.all(made.map((path) => rmdir(path).catch(stillUsed)));
  }
}

/** Looks only: what is missing in the cluster a start would make, where it may. */
async function checkCluster(config: Config, clock: Clock): Promise<Check> {
  const name = 'cluster';
  const namespace = config['kubernetes.namespace'];
  try {
    const { lookAtCluster } = await import('#src/adapters/kubernetes/look.ts');
    const { server, version, isRestricted } = await lookAtCluster(clusterOf(config), namespace, clock);
    const words = `Kubernetes ${version} at ${server}`;
    return well(
      name,
      isRestricted
        ? `${words}, the namespace ${namespace} takes restricted pods only`
        : `${words}, the namespace ${namespace} is not there yet or not restricted; a start makes it so, where it may`,
    );
  } catch (error) {
    return failed(name, error);
  }
}

async function checkInterpreters(config: Config, cacheFile: string): Promise<Check> {
  const name = 'interpreters';
  const named = config['runtime.interpreters'];
  const found = await findInterpreters(named, cacheFile, cleanEnvironment);
  if (found.length === 0)
    return wrong(name, 'no Python 3.8 or later was found: install python3, or name one');
  const words = found.map(({ version, path }) => `${version} (${path})`).join(', ');
  const missing = await unusable(named, cacheFile);
  return missing.length === 0
    ? well(name, words)
    : wrong(
        name,
        `runtime.interpreters names no Python 3.8 or later in ${missing.join(', ')}; found: ${words}`,
      );
}

/** Those of the settings that answer as no Python of ours. */
async function unusable(named: readonly string[], cacheFile: string): Promise<string[]> {
  const answers = await Promise.all(
    named.map(async (path) => {
      const found = await findInterpreters([path], cacheFile, cleanEnvironment);
      return found.some((one) => one.path === path) ? null : path;
    }),
  );
  return answers.filter((path) => path !== null);
}

async function checkIsolation(
  config: Config,
  folder: string,
  clock: Clock,
  logger: Logger,
): Promise<Check[]> {
  const name = 'isolation';
  let local: LocalPods | null = null;
  try {
    local = await openLocalPods({ ...config, 'data.dir': folder, 'runtime.warm': 0 }, clock, logger, {
      process: 'doctor',
      alone: true,
    });
    const { isolation, groups, landlock, checks, asRoot, tookMs } = local.selfTest;
    const who = asRoot ? 'as root' : 'as an ordinary user';
    return [
      well(name, `${isolation}, ${checks.length} checks passed ${who} in ${tookMs} ms, Landlock ${landlock}`),
      groups === null
        ? well('control groups', 'not writable: limits are kept by the processes’ own and by looking')
        : well('control groups', `version ${groups}, writable`),
    ];
  } catch (error) {
    return [failed(name, error)];
  } finally {
    await local?.stop();
  }
}

const groupsRoot = '/sys/fs/cgroup';

/** Our folder in each tree of control groups; version 2 has one tree, version 1 one for each controller. */
async function ownGroups(): Promise<string[]> {
  const trees = ['', ...(await namesIn(groupsRoot))].map((tree) => join(groupsRoot, tree));
  const own = await Promise.all(
    trees.map(async (tree) => ((await namesIn(tree)).includes('greenroom') ? [join(tree, 'greenroom')] : [])),
  );
  return own.flat();
}

const namesIn = (folder: string): Promise<string[]> => readdir(folder).catch((): string[] => []);

/** A server that began meanwhile has groups of its own there. */
function stillUsed(error: unknown): void {
  const code = error instanceof Error && 'code' in error ? error.code : '';
  if (code !== 'EBUSY' && code !== 'ENOTEMPTY' && code !== 'ENOENT') throw error;
}
