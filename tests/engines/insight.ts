// What an installation's own stores say of it: who owns what, and in which process a run's sandbox lives.
import { placementsOf } from '#actors/placements.ts';
import { openMongo } from '#src/adapters/mongo/engines.ts';
import { openRedis } from '#src/adapters/redis/engines.ts';
import { systemClock } from '#src/adapters/system/clock.ts';
import { quietLogger } from '#tests/support/quiet-logger.ts';
import type { Deployment } from './deployment.ts';

export interface Insight {
  /** Which of the deployment's processes holds this lease; null for none of them. */
  ownerOf(lease: string): Promise<string | null>;
  /** Which of them has the sandbox of this attempt; null before it is placed. */
  workerOf(execution: string, attempt: number): Promise<string | null>;
  slotsHeld(): Promise<number>;
  close(): Promise<void>;
}

export async function insightOf(fleet: Deployment): Promise<Insight> {
  const [clock, logger] = [systemClock(), quietLogger()];
  const redis = await openRedis({ url: fleet.servers.REDIS_URL, prefix: fleet.redisPrefix, clock, logger });
  const { database } = fleet;
  const mongo = await openMongo({
    uri: fleet.servers.MONGODB_URI,
    database,
    clock,
    logger,
    outboxWaits: () => undefined,
  });
  const placements = placementsOf({ documents: mongo.documents, liveFeed: redis.liveFeed });
  /** A process names itself by the machine, its own number and a chance. */
  const nameOf = (process: string | null | undefined): string | null =>
    fleet.names.find((name) => process?.includes(`-${fleet.pid(name)}-`)) ?? null;
  return {
    ownerOf: async (lease) => nameOf((await redis.leases.current(lease))?.holder),
    workerOf: async (execution, attempt) => nameOf((await placements.get(execution, attempt))?.owner),
    slotsHeld: async () => (await mongo.records.held('slot:')).length,
    async close() {
      await redis.close();
      await mongo.close();
    },
  };
}
