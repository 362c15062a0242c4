// One configuration → how each of the three servers is spoken to.
import { readFile } from 'node:fs/promises';
import type { Config } from '#src/config/options.ts';
import { DomainError } from '#src/domain/errors.ts';
import type { Clock } from '#src/ports/clock.ts';
import type { Logger } from '#src/ports/logger.ts';
import { roleSettings } from '#src/settings.ts';
import type { KafkaOptions, KafkaSasl } from './kafka/options.ts';
import type { MongoOptions } from './mongo/engines.ts';
import type { RedisOptions } from './redis/engines.ts';

export interface Place {
  clock: Clock;
  logger: Logger;
  /** Name of this process. */
  process: string;
}

export const storeOptions = (
  config: Config,
  { clock, logger }: Place,
): Omit<MongoOptions, 'outboxWaits'> => ({
  uri: config['mongodb.uri'],
  database: config['mongodb.database'],
  clock,
  logger,
});

/** Rejects with a sentence where certificates cannot be read. */
export async function hintsOptions(config: Config, { clock, logger }: Place): Promise<RedisOptions> {
  const ca = await certificates(config['redis.ca_file']);
  return {
    url: config['redis.url'],
    prefix: config['redis.prefix'],
    ...(ca !== null && { tls: { ca } }),
    clock,
    logger,
  };
}

/** Rejects with a sentence where certificates cannot be read. */
export async function busOptions(config: Config, { clock, logger, process }: Place): Promise<KafkaOptions> {
  const ca = await certificates(config['kafka.ca_file']);
  return {
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
  };
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
