// Which engine serves which port. The only place that knows them all.
import { join } from 'node:path';
import { defaultVersion } from '#src/app/runtimes.ts';
import type { Config } from '#src/config/options.ts';
import type { Clock } from '#src/ports/clock.ts';
import type { Logger } from '#src/ports/logger.ts';
import { runPolicy } from '#src/settings.ts';
import { type EmbeddedEngines, openEmbedded } from './embedded/engines.ts';
import { createLocalPods, type LocalPods } from './local/local-pods.ts';

/** Opens, locks and migrates. @throws DomainError with a sentence for the operator */
export const openStores = (config: Config, clock: Clock, logger: Logger): Promise<EmbeddedEngines> =>
  openEmbedded({ dataDir: config['data.dir'], clock, logger });

/** Proves the isolation. @throws DomainError that says what to install or allow */
export const openPods = (
  config: Config,
  clock: Clock,
  logger: Logger,
  process: string,
): Promise<LocalPods> => {
  const { limits, cpuDefaultMillis } = runPolicy(config);
  return createLocalPods({
    installationDir: join(config['data.dir'], 'runtime'),
    clock,
    logger,
    interpreters: config['runtime.interpreters'],
    isolation: config['runtime.isolation'],
    warmPerRuntime: config['runtime.warm'],
    firstVersion: defaultVersion,
    process,
    limits: { ...limits, cpuMillis: cpuDefaultMillis },
  });
};
