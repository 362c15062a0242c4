// What Redis does in the distributed profile: limits, leases and hints. Nothing in it is the only copy of anything.
import type { Clock } from '#src/ports/clock.ts';
import type { Leases } from '#src/ports/leases.ts';
import type { Limiter } from '#src/ports/limiter.ts';
import type { LiveFeed } from '#src/ports/live-feed.ts';
import type { Logger } from '#src/ports/logger.ts';
import { addressOf } from './address.ts';
import { type Connection, openConnection, type RedisTls } from './connection.ts';
import { redisLeases } from './leases.ts';
import { redisLimiter } from './limiter.ts';
import { redisLiveFeed } from './live-feed.ts';

export interface RedisEngines {
  limiter: Limiter;
  leases: Leases;
  liveFeed: LiveFeed;
  /** Whether the server is there, as the connections see it. */
  isUp(): boolean;
  /** Calls under way are rejected. */
  close(): Promise<void>;
}

export interface RedisOptions {
  /** `redis://` or `rediss://`, with credentials where the server asks for some. */
  url: string;
  /** Begins every key and channel; installations that share a server have different ones. */
  prefix: string;
  tls?: RedisTls;
  clock: Clock;
  logger: Logger;
}

/**
 * Waits ten seconds for the server at most; afterwards an outage is survived. Rejects with a sentence for the operator, in which the
 * password never is.
 */
export async function openRedis({ url, prefix, tls, clock, logger }: RedisOptions): Promise<RedisEngines> {
  const connecting = { address: addressOf(url), ...(tls === undefined ? {} : { tls }), clock, logger };
  const [commands, subscriptions] = await both(
    openConnection({ ...connecting, name: 'commands' }),
    openConnection({ ...connecting, name: 'subscriptions' }),
  );
  return {
    limiter: redisLimiter(commands, prefix, clock),
    leases: redisLeases(commands, prefix, clock),
    liveFeed: redisLiveFeed({ commands, subscriptions, prefix, logger }),
    isUp: () => commands.isUp() && subscriptions.isUp(),
    async close() {
      commands.close();
      subscriptions.close();
    },
  };
}

/** None stays open when the other fails. */
async function both(
  first: Promise<Connection>,
  second: Promise<Connection>,
): Promise<[Connection, Connection]> {
  try {
    return await Promise.all([first, second]);
  } catch (error) {
    for (const outcome of await Promise.allSettled([first, second])) {
      if (outcome.status === 'fulfilled') outcome.value.close();
    }
    throw error;
  }
}
