// A process on the embedded engines in which everything is real but the pods.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { System } from '#actors/system.ts';
import { openEmbedded } from '#src/adapters/embedded/engines.ts';
import { systemClock } from '#src/adapters/system/clock.ts';
import type { RoleSettings } from '#src/domain/roles.ts';
import type { Logger } from '#src/ports/logger.ts';
import type { Ports } from '#src/ports/ports.ts';
import { processWithoutPods } from './process-without-pods.ts';

const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silent,
};

export interface EmbeddedProcess {
  system: System;
  ports: Ports;
  close(): Promise<void>;
}

export async function embeddedProcess(
  more: Partial<RoleSettings> = {},
  logger = silent,
): Promise<EmbeddedProcess> {
  const dataDir = await mkdtemp(join(tmpdir(), 'greenroom-actors-'));
  const clock = systemClock();
  const engines = await openEmbedded({ dataDir, clock, logger });
  const { system, ports, stop } = await processWithoutPods({ engines, clock, logger, settings: more });
  return {
    system,
    ports,
    async close() {
      await stop();
      await engines.close();
      await rm(dataDir, { recursive: true });
    },
  };
}
