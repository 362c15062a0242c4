// Which engine serves which port. The only place that knows them all.
import { join } from 'node:path';
import { defaultVersion } from '#src/app/runtimes.ts';
import type { Config } from '#src/config/options.ts';
import { profileOf } from '#src/config/profile.ts';

import type { Engines } from '#src/engines.ts';
import { fileTrouble } from '#src/file-trouble.ts';
import type { Clock } from '#src/ports/clock.ts';
import type { Documents } from '#src/ports/documents.ts';
import type { Logger } from '#src/ports/logger.ts';
import { storeReadiness } from '#src/readiness.ts';
import { runPolicy } from '#src/settings.ts';
import { distributedDocuments, openDistributed } from './distributed.ts';
import { databasePath, type EmbeddedEngines, openEmbedded } from './embedded/engines.ts';
import { createLocalPods, type LocalPods } from './local/local-pods.ts';

/** Opens, locks and migrates the embedded store. @throws DomainError with a sentence for the operator */
export async function openStores(config: Config, clock: Clock, logger: Logger): Promise<EmbeddedEngines> {
  const dataDir = config['data.dir'];
  try {
    return await openEmbedded({ dataDir, clock, logger });
  } catch (error) {
    throw fileTrouble(error, 'The database could not be opened', databasePath(dataDir));
  }
}

/** @param process name of this process. @throws DomainError with a sentence for the operator */
export async function openEngines(
  config: Config,
  clock: Clock,
  logger: Logger,
  process: string,
): Promise<Engines> {
  if (profileOf(config) === 'distributed') return openDistributed(config, { clock, logger, process });
  const stores = await openStores(config, clock, logger);
  return { ...stores, alone: true, readiness: async () => [await storeReadiness(stores)] };
}

/** Documents alone, for a command that needs nothing else. @throws DomainError with a sentence for the operator */
export const openDocuments = (
  config: Config,
  clock: Clock,
  logger: Logger,
): Promise<{ documents: Documents; close(): Promise<void> }> =>
  profileOf(config) === 'distributed'
    ? distributedDocuments(config, { clock, logger, process: 'command' })
    : openStores(config, clock, logger);

export interface PodsPlace {
  process: string;
  /** No other process of the installation has sandboxes. */
  alone: boolean;
}

/** Proves the isolation. @throws DomainError that says what to install or allow */
export const openLocalPods = (
  config: Config,
  clock: Clock,
  logger: Logger,
  { process, alone }: PodsPlace,
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
    soleOwner: alone,
    limits: { ...limits, cpuMillis: cpuDefaultMillis },
  }).catch((error: unknown) => {
    throw fileTrouble(error, 'The sandboxes could not be prepared', installationDir);
  });
};
