// A process on given engines in which everything is real but the pods, which answer at once.
import { createSystem, type System } from '#actors/system.ts';
import { randomIds } from '#src/adapters/system/clock.ts';
import type { RoleName, RoleSettings } from '#src/domain/roles.ts';
import type { Clock } from '#src/ports/clock.ts';
import type { Logger } from '#src/ports/logger.ts';
import type { Ports } from '#src/ports/ports.ts';
import { instantPods } from './instant-pods.ts';
import { settings } from './settings.ts';

export interface ProcessWithoutPods {
  system: System;
  ports: Ports;
  /** Closes no engine. */
  stop(): Promise<void>;
}

interface Given {
  engines: Omit<Ports, 'clock' | 'ids' | 'logger' | 'pods' | 'httpServer'>;
  clock: Clock;
  logger: Logger;
  settings: Partial<RoleSettings>;
  /** Default: those that step records. */
  roles?: readonly RoleName[];
}

export async function processWithoutPods(given: Given): Promise<ProcessWithoutPods> {
  const { engines, clock, logger, roles = ['saga-orchestrator', 'dlq-processor'] } = given;
  const ports: Ports = { ...engines, clock, ids: randomIds(), logger, pods: null, httpServer: null };
  const system = createSystem({
    roles,
    ports,
    settings: { ...settings, ...given.settings },
    onFailure: ({ words }) => {
      throw new Error(words);
    },
  });
  const leave = new AbortController();
  const pods = instantPods(ports).run({ signal: leave.signal, ready: () => undefined });
  await system.start();
  return {
    system,
    ports,
    async stop() {
      await system.drain();
      leave.abort();
      await pods;
    },
  };
}
