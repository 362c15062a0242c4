// The distributed profile: records and documents on MongoDB, events on Kafka, limits, leases and hints on Redis.
import { readFile } from 'node:fs/promises';
import type { ReadinessPart } from '#src/api/deps.ts';
import type { Config } from '#src/config/options.ts';
import { DomainError } from '#src/domain/errors.ts';
import type { Engines } from '#src/engines.ts';
import type { Clock } from '#src/ports/clock.ts';
import type { Documents } from '#src/ports/documents.ts';
import { outboxChannel } from '#src/ports/live-feed.ts';
import type { Logger } from '#src/ports/logger.ts';
import { roleSettings } from '#src/settings.ts';
import { lockFolder } from './embedded/lock.ts';
import { type KafkaBus, kafkaBus } from './kafka/bus.ts';
import type { KafkaSasl } from './kafka/options.ts';
import { type MongoEngines, openMongo } from './mongo/engines.ts';
import { openRedis, type RedisEngines } from './redis/engines.ts';

interface Place {
  clock: Clock;
  logger: Logger;
  /** Name of this process. */
  process: string;
}

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
    const redis = await keeping(openHints(config, place));
    const outboxWaits = (): void => redis.liveFeed.hint(outboxChannel);
    const opening = [
      keeping(openStore(config, place, outboxWaits)),
      keeping(openBus(config, place)),
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
  return openStore(config, place, () => undefined);
}

const openStore = (
  config: Config,
  { clock, logger }: Place,
  outboxWaits: () => void,
): Promise<MongoEngines> =>
  openMongo({
    uri: config['mongodb.uri'],
    database: config['mongodb.database'],
    clock,
    logger,
    outboxWaits,
  });

async function openHints(config: Config, { clock, logger }: Place): Promise<RedisEngines> {
  const ca = await certificates(config['redis.ca_file']);
  return openRedis({
    url: config['redis.url'],
    prefix: config['redis.prefix'],
    ...(ca !== null && { tls: { ca } }),
    clock,
    logger,
  });
}

async function openBus(config: Config, { clock, logger, process }: Place): Promise<KafkaBus> {
  const ca = await certificates(config['kafka.ca_file']);
  return kafkaBus({
    brokers: config['kafka.brokers'],
    prefix: config['kafka.topic_prefix'],
    partitions: config['kafka.partitions'],
    replication: config['kafka.replication'],
    retentionMs: roleSettings(config, '', process).retention.eventsMs,
    clientId: process,
    tls: config['kafka.tls'] ? { ...(ca !== null && { ca }) } : undefined,
    sasl: saslOf(config),
    clock,
    logger,
  });
}

function saslOf(config: Config): KafkaSasl | undefined {
  const mechanism = config['kafka.sasl'];
  if (mechanism === 'none') return undefined;
  return { mechanism, username: config['kafka.username'], password: config['kafka.password'] };
}

/** Null where those of the system serve. */
async function certificates(path: string): Promise<string | null> {
  if (path === '') return null;
  return readFile(path, 'utf8').catch((cause: unknown) => {
    throw new DomainError('infrastructure', 'A file of certificates cannot be read', { detail: path, cause });
  });
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
