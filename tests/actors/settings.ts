// Settings and ports as a process of the tests has them.
import type { RoleSettings } from '#src/domain/roles.ts';
import type { Ports } from '#src/ports/ports.ts';
import type { World } from './memory-ports.ts';

export const settings: RoleSettings = {
  process: 'process-1',
  serviceVersion: '1',
  concurrentMax: 2,
  concurrentPerUserMax: 1,
  queueTimeoutMs: 120_000,
  retention: { runsMs: null, eventsMs: 30 * 24 * 60 * 60 * 1_000 },
  nonceSecret: 'secret',
  drainMs: 1_000,
};

export const portsOf = (world: World, more: Partial<Ports> = {}): Ports => ({
  ...world,
  outputLog: {
    append: () => Promise.resolve(null),
    read: () => Promise.resolve({ frames: [], seal: null }),
    appendInput: () => Promise.resolve({ kind: 'ended' }),
    readInput: () => Promise.resolve([]),
    remove: () => Promise.resolve(),
  },
  pods: null,
  httpServer: null,
  ...more,
});
