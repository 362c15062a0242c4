// The distributed profile: records and documents on MongoDB, events on Kafka, limits, leases and hints on Redis.
import type { ReadinessPart } from '#src/api/deps.ts';
import type { Config } from '#src/config/options.ts';
import type { Engines } from '#src/engines.ts';
import type { Documents } from '#src/ports/documents.ts';
import { outboxChannel } from '#src/ports/live-feed.ts';
import { lockFolder } from './embedded/lock.ts';
import { type KafkaBus, kafkaBus } from './kafka/bus.ts';
import { type MongoEngines, openMongo } from './mongo/engines.ts';
import { openRedis, type RedisEngines } from './redis/engines.ts';
import { busOptions, hintsOptions, type Place, storeOptions } from './server-options.ts';

/** Waits for each server for some seconds. @throws DomainError with a sentence for the operator */
export async function openDistributed(config: Config, place: Place): Promise<Engines> {
  // One process to a folder: its sandboxes and its command socket lie there.
  const lock = await lockFolder(config['data.dir']);
  const opened: { close(): Promise<void> }[] = [];
  const keeping = async <Engine extends { close(): Promise<void> }>(
    opening: Promise<Engine>,
  ): Promise<Engine> => {
    const engine = await opening;
    opened.push(engine);
    return engine;
  };
  const closeAll = async (): Promise<void> => {
    await Promise.allSettled(opened.map((engine) => engine.close()));
    lock.release();
  };
  try {
    const redis = await keeping(hintsOptions(config, place).then(openRedis));
    const outboxWaits = (): void => redis.liveFeed.hint(outboxChannel);
    const opening = [
      keeping(openMongo({ ...storeOptions(config, place), outboxWaits })),
      keeping(busOptions(config, place).then(kafkaBus)),
    ] as const;
    await Promise.allSettled(opening);
    const [store, bus] = await Promise.all(opening);
    return {
      records: store.records,
      documents: store.documents,
      outputLog: store.outputLog,
      bus,
      limiter: redis.limiter,
      leases: redis.leases,
      liveFeed: redis.liveFeed,
      alone: false,
      lastTime: () => null,
      clockAheadMs: store.clockAheadMs,
      readiness: () => readinessOf(store, bus, redis),
      close: closeAll,
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

/** For commands that need nothing else. @throws DomainError with a sentence for the operator */
export async function distributedDocuments(
  config: Config,
  place: Place,
): Promise<{ documents: Documents; close(): Promise<void> }> {
  // The relay of a running process looks by itself.
  return openMongo({ ...storeOptions(config, place), outboxWaits: () => undefined });
}

const silent = 'does not answer';

async function readinessOf(
  store: MongoEngines,
  bus: KafkaBus,
  redis: RedisEngines,
): Promise<ReadinessPart[]> {
  const [storeAnswers, busAnswers] = await Promise.all([store.ready(), bus.ready()]);
  const parts = { mongodb: storeAnswers, kafka: busAnswers, redis: redis.isUp() };
  return Object.entries(parts).map(([name, ready]) => ({ name, ready, detail: ready ? null : silent }));
}
