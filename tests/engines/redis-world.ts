// Engines on a real Redis server for tests: two processes that share one prefix, which is gone when they close.
import { Redis } from 'ioredis';
import { openRedis, type RedisEngines, type RedisOptions } from '#src/adapters/redis/engines.ts';
import { systemClock } from '#src/adapters/system/clock.ts';
import { type QuietLogger, quietLogger } from '#tests/support/quiet-logger.ts';

export const clock = systemClock();

export interface RedisWorld {
  /** As two processes see them. */
  one: RedisEngines;
  two: RedisEngines;
  /** Another process, opened now. */
  open(): Promise<RedisEngines>;
  prefix: string;
  logger: QuietLogger;
  close(): Promise<void>;
}

/** For a single look or change beside the engines. */
export async function directly<Result>(url: string, act: (redis: Redis) => Promise<Result>): Promise<Result> {
  const redis = new Redis(url, { lazyConnect: true, commandTimeout: 5_000 });
  redis.on('error', () => undefined);
  try {
    return await act(redis);
  } finally {
    redis.disconnect();
  }
}

export async function redisWorld(url: string, more: Partial<RedisOptions> = {}): Promise<RedisWorld> {
  // With characters that are signs in a pattern: they must stand for themselves.
  const prefix = `test[${crypto.randomUUID()}]*:`;
  const logger = quietLogger();
  const opened: RedisEngines[] = [];
  const open = async (): Promise<RedisEngines> => {
    const engines = await openRedis({ url, prefix, clock, logger, ...more });
    opened.push(engines);
    return engines;
  };
  return {
    one: await open(),
    two: await open(),
    open,
    prefix,
    logger,
    async close() {
      for (const engines of opened) await engines.close();
      await directly(url, async (redis) => {
        const keys = (await redis.keys('*')).filter((key) => key.startsWith(prefix));
        if (keys.length > 0) await redis.unlink(keys);
      });
    },
  };
}
