// One scheduler with its kernel on a world in memory, and who was admitted by it.
import { createKernel, type Kernel } from '#actors/kernel/kernel.ts';
import { scheduler } from '#actors/saga-orchestrator/scheduler.ts';
import type { RoleSettings } from '#src/domain/roles.ts';
import { memoryWorld, type World } from './memory-ports.ts';
import { portsOf, settings } from './settings.ts';

export const producer = { service: 'saga-orchestrator', serviceVersion: '1' };
export const roomy: RoleSettings = { ...settings, concurrentMax: 3, concurrentPerUserMax: 3 };
export const gone = { type: 'POD_DELETED', attempt: 1 };

interface Scheduling {
  world: World;
  kernel: Kernel;
  stop(): Promise<void>;
  /** Ids with their slots, of runs that were admitted. */
  admitted(): Record<string, unknown>;
}

/** The settings given are those that it reads, so that a test may change them while it works. */
export async function scheduling(
  more: Partial<RoleSettings> = {},
  world = memoryWorld(),
): Promise<Scheduling> {
  const kernel = createKernel(world, producer);
  const child = scheduler(portsOf(world), kernel, Object.assign(more, { ...roomy, ...more }), () => true);
  const stop = new AbortController();
  const done = child.run({ signal: stop.signal, ready: () => undefined });
  await world.clock.settle();
  return {
    world,
    kernel,
    async stop() {
      stop.abort();
      await done;
    },
    admitted: () =>
      Object.fromEntries(
        [...world.stored.values()]
          .filter(({ state }) => state !== 'queued')
          .map(({ id, snapshot }) => [id, Object.values(snapshot.context.slots ?? {})[0]]),
      ),
  };
}
