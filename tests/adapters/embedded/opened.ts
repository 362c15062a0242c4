// The embedded engines in a folder of their own, for the tests of what is not a port's promise.
import { type EmbeddedEngines, openEmbedded } from '#src/adapters/embedded/engines.ts';
import { systemClock } from '#src/adapters/system/clock.ts';
import { dataFolder } from '#tests/support/data-folder.ts';
import { type QuietLogger, quietLogger } from '#tests/support/quiet-logger.ts';

export interface Opened {
  dataDir: string;
  engines: EmbeddedEngines;
  logger: QuietLogger;
  /** Closes the engines and opens them again on the same folder. */
  reopened(): Promise<EmbeddedEngines>;
}

export const openIn = (dataDir: string, logger = quietLogger()): Promise<EmbeddedEngines> =>
  openEmbedded({ dataDir, clock: systemClock(), logger });

export const withEngines = (body: (opened: Opened) => Promise<void>) => async (): Promise<void> => {
  const folder = await dataFolder();
  const logger = quietLogger();
  let engines = await openIn(folder.path, logger);
  try {
    await body({
      dataDir: folder.path,
      engines,
      logger,
      reopened: async () => {
        await engines.close();
        engines = await openIn(folder.path, logger);
        return engines;
      },
    });
  } finally {
    await engines.close();
    await folder.remove();
  }
};
