// Which engine serves which port. The only place that knows them all.
import { join } from 'node:path';
import { defaultVersion } from '#src/app/runtimes.ts';
import type { Config } from '#src/config/options.ts';
import { fileTrouble } from '#src/file-trouble.ts';
import type { Clock } from '#src/ports/clock.ts';
import type { Logger } from '#src/ports/logger.ts';
import { runPolicy } from '#src/settings.ts';
import { databasePath, type EmbeddedEngines, openEmbedded } from './embedded/engines.ts';
import { createLocalPods, type LocalPods } from './local/local-pods.ts';

/** Opens, locks and migrates. @throws DomainError with a sentence for the operator */
export async function openStores(config: Config, clock: Clock, logger: Logger): Promise<EmbeddedEngines> {
  const dataDir = config['data.dir'];
  try {
    return await openEmbedded({ dataDir, clock, logger });
  } catch (error) {
    throw fileTrouble(error, 'The database could not be opened', databasePath(dataDir));
  }
}

/** Proves the isolation. @throws DomainError that says what to install or allow */
export const openPods = (
  config: Config,
  clock: Clock,
  logger: Logger,
  process: string,
): Promise<LocalPods> => {
  const { limits, cpuDefaultMillis } = runPolicy(config);
  const installationDir = join(config['data.dir'], 'runtime');
  return createLocalPods({
    installationDir,
    clock,
    logger,
    interpreters: config['runtime.interpreters'],
    isolation: config['runtime.isolation'],
    warmPerRuntime: config['runtime.warm'],
    firstVersion: defaultVersion,
    process,
    limits: { ...limits, cpuMillis: cpuDefaultMillis },
  }).catch((error: unknown) => {
    throw fileTrouble(error, 'The sandboxes could not be prepared', installationDir);
  });
};
