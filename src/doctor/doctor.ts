// `greenroom doctor`: whether this machine and its settings are fit for a start, or for the server that runs. It only looks:
// nothing is made, repaired or stopped.

import { systemClock } from '#src/adapters/system/clock.ts';
import { askServer } from '#src/command-socket.ts';
import { ConfigError, type Environment, loadConfig } from '#src/config/load.ts';
import type { Config } from '#src/config/options.ts';
import { profileOf } from '#src/config/profile.ts';
import { isDomainError } from '#src/domain/errors.ts';
import { pinoLogger } from '#src/observability/logger.ts';
import { type Check, checkLine, failed, well, wrong } from './check.ts';
import { checkFolder, checkKey, checkLock, checkSpace } from './folder-checks.ts';
import { checkPort } from './port-check.ts';
import { checkRuntime } from './runtime-checks.ts';
import { checkServers } from './server-checks.ts';
import { checkClock, lookAtStore } from './store-checks.ts';

/** Tells one line for each check; answers the exit code: 0 only when nothing is wrong. */
export async function doctorCommand(
  environment: Environment,
  configPath: string | undefined,
  tell: (lines: readonly string[]) => void,
): Promise<number> {
  let problems = 0;
  const say = (check: Check): void => {
    if (!check.well) problems += 1;
    tell([checkLine(check)]);
  };
  const config = await configOf(environment, configPath, say);
  if (config !== null) await examine(config, say);
  tell([problems === 0 ? 'Nothing is wrong' : `Problems: ${problems}`]);
  return problems === 0 ? 0 : 1;
}

async function configOf(
  environment: Environment,
  configPath: string | undefined,
  say: (check: Check) => void,
): Promise<Config | null> {
  try {
    const { config } = await loadConfig(environment, configPath);
    say(well('configuration', 'valid'));
    return config;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const problem of error.problems) say(wrong('configuration', problem));
    return null;
  }
}

async function examine(config: Config, say: (check: Check) => void): Promise<void> {
  const dataDir = config['data.dir'];
  const clock = systemClock();
  const logger = pinoLogger({ level: 'error', process: 'doctor' });
  const server = await runningServer(dataDir);
  const guarded = async (name: string, look: () => Promise<Check>): Promise<void> =>
    say(await look().catch((error: unknown) => failed(name, error)));

  await guarded('data folder', () => checkFolder(dataDir));
  await guarded('lock', () => checkLock(dataDir, server));
  await guarded('secret key', () => checkKey(config));
  await guarded('disk space', () => checkSpace(dataDir));
  if (profileOf(config) === 'distributed') {
    say(checkClock(clock, null));
    for (const check of await checkServers(config, { clock, logger, process: 'doctor' })) say(check);
  } else {
    const store = await lookAtStore(dataDir);
    say(store.check);
    say(checkClock(clock, store.inspection?.newestAt ?? null));
  }
  const roles = config['process.roles'];
  if (roles.includes('api')) await guarded('port', () => checkPort(config, server));
  if (!roles.includes('k8s-worker')) return;
  const runtime = await checkRuntime(config, clock, logger).catch((error: unknown) => [
    failed('isolation', error),
  ]);
  for (const check of runtime) say(check);
}

async function runningServer(dataDir: string): Promise<{ process: string; url: string } | null> {
  try {
    const answer = await askServer(dataDir, 'status', {});
    if (typeof answer?.process !== 'string' || typeof answer.url !== 'string') return null;
    return { process: answer.process, url: answer.url };
  } catch (error) {
    // An older version, or one that this user may not ask: the lock tells that it runs.
    if (isDomainError(error)) return null;
    throw error;
  }
}
