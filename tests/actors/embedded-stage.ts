// The embedded engines with a kernel on them, in a folder of their own, on a clock that passes when a test says so.
import { createKernel, type Kernel } from '#actors/kernel/kernel.ts';
import { type EmbeddedEngines, openEmbedded } from '#src/adapters/embedded/engines.ts';
import type { Ports } from '#src/ports/ports.ts';
import { dataFolder } from '#tests/support/data-folder.ts';
import { type QuietLogger, quietLogger } from '#tests/support/quiet-logger.ts';
import { type VirtualClock, virtualClock } from './virtual-clock.ts';

export interface EmbeddedStage {
  clock: VirtualClock;
  logger: QuietLogger;
  engines: EmbeddedEngines;
  ports: Ports;
  kernel: Kernel;
  close(): Promise<void>;
}

const began = 1_800_000_000_000;

export async function embeddedStage(): Promise<EmbeddedStage> {
  const folder = await dataFolder();
  const clock = virtualClock(began);
  const logger = quietLogger();
  const engines = await openEmbedded({ dataDir: folder.path, clock, logger });
  const ports = { ...engines, clock, logger, ids: { next: () => 'none' }, pods: null, httpServer: null };
  const kernel = createKernel(ports, { service: 'saga-orchestrator', serviceVersion: '1' });
  return {
    clock,
    logger,
    engines,
    ports,
    kernel,
    async close() {
      await engines.close();
      await folder.remove();
    },
  };
}
