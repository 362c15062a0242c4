// The distributed profile: records and documents on MongoDB, events on Kafka, limits, leases and hints on Redis.
import type { Config } from '#src/config/options.ts';
import { DomainError } from '#src/domain/errors.ts';
import type { Engines } from '#src/engines.ts';
import type { Clock } from '#src/ports/clock.ts';
import type { Documents } from '#src/ports/documents.ts';
import type { Logger } from '#src/ports/logger.ts';

export async function openDistributed(
  _config: Config,
  _clock: Clock,
  _logger: Logger,
  _process: string,
): Promise<Engines> {
  throw new DomainError('infrastructure', 'under construction');
}

export async function distributedDocuments(
  _config: Config,
  _clock: Clock,
  _logger: Logger,
): Promise<{ documents: Documents; close(): Promise<void> }> {
  throw new DomainError('infrastructure', 'under construction');
}
