// One connection that an outage does not end: each command has a deadline, none waits for a server that is away, and the
// driver connects again for ever. Errors of the driver stay here: they carry arguments of commands, and so the password.
import { Redis } from 'ioredis';
import { DomainError, unavailable } from '#src/domain/errors.ts';
import type { Cancel, Clock } from '#src/ports/clock.ts';
import type { Logger } from '#src/ports/logger.ts';
import { type Address, placeOf } from './address.ts';

/** In PEM. Without `ca` the system's authorities count. */
export interface RedisTls {
  ca?: string;
  /** Our own, for a server that asks for one. */
  cert?: string;
  key?: string;
}

export interface Connecting {
  address: Address;
  tls?: RedisTls;
  /** What it is for, in logs. */
  name: string;
  clock: Clock;
  logger: Logger;
}

export interface Connection {
  redis: Redis;
  /** Rejects as `unavailable` within the deadline: then nobody knows whether the server did it. */
  ask<Answer>(commands: (redis: Redis) => Promise<Answer>): Promise<Answer>;
  isUp(): boolean;
  /** Calls each time that the connection is there again. */
  onReturn(call: () => void): void;
  close(): void;
}

const deadlineMs = 1_000;
const openWithinMs = 10_000;
/** A connection that is only listened on would not notice that the other end is gone. */
const heartbeatMs = 5_000;
const reconnectMostMs = 500;

/** Rejects with a sentence for the operator when the server refuses us, or does not serve within ten seconds. */
export async function openConnection(connecting: Connecting): Promise<Connection> {
  const { clock } = connecting;
  const redis = new Redis(optionsOf(connecting));
  const returned: (() => void)[] = [];
  let cancel: Cancel = () => undefined;
  let isClosed = false;

  async function ask<Answer>(commands: (redis: Redis) => Promise<Answer>): Promise<Answer> {
    const { stream } = redis;
    try {
      return await commands(redis);
    } catch (error) {
      // Whoever comes next need not wait for the same deadline: without a connection it fails at once.
      if (isExpiry(error)) stream.destroy();
      throw unavailable(`redis: ${wordsOf(error)}`);
    }
  }

  function beat(): void {
    cancel = clock.after(heartbeatMs, () => {
      if (redis.status !== 'ready') return beat();
      // A failure has ended the connection, which is all that it is for.
      void Promise.allSettled([ask((up) => up.ping())]).then(() => {
        if (!isClosed) beat();
      });
    });
  }

  function close(): void {
    isClosed = true;
    cancel();
    redis.disconnect();
  }

  try {
    await firstReady(redis, connecting);
  } catch (error) {
    close();
    throw error;
  }
  tellOutages(redis, connecting, () => isClosed);
  redis.on('ready', () => {
    for (const call of returned) call();
  });
  beat();
  return {
    redis,
    ask,
    isUp: () => redis.status === 'ready',
    onReturn: (call) => void returned.push(call),
    close,
  };
}

const optionsOf = ({ address, tls, name }: Connecting) => ({
  host: address.host,
  port: address.port,
  db: address.database,
  ...(address.username === null ? {} : { username: address.username }),
  ...(address.password === null ? {} : { password: address.password }),
  // The name is checked against the certificate; an address of numbers cannot be sent as one.
  ...(address.tls ? { tls: { ...tls, rejectUnauthorized: true } } : {}),
  connectionName: `greenroom-${name}`,
  connectTimeout: deadlineMs,
  commandTimeout: deadlineMs,
  disconnectTimeout: 100,
  maxRetriesPerRequest: 0,
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  // Done by the feed itself: the driver would leave a failure unhandled.
  autoResubscribe: false,
  // What was the primary before a failover answers so: ask for the address anew.
  reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
  retryStrategy: (times: number) => Math.min(times * 50, reconnectMostMs),
});

function firstReady(redis: Redis, { address, clock }: Connecting): Promise<void> {
  const place = placeOf(address);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let words = 'no answer';
  const cancel = clock.after(openWithinMs, () => {
    reject(unusable(`Redis at ${place} does not serve within ${openWithinMs / 1_000} s: ${words}`));
  });
  redis.once('ready', resolve);
  redis.on('error', (error) => {
    words = wordsOf(error);
    if (isRefusal(error)) reject(unusable(`Redis at ${place} cannot be used: ${words}`));
  });
  return promise.finally(cancel);
}

const unusable = (sentence: string): DomainError => new DomainError('infrastructure', sentence);

/** One line when it goes, one for each reason why it stays away, one when it comes back. */
function tellOutages(redis: Redis, { address, name, logger }: Connecting, isClosed: () => boolean): void {
  const fields = { redis: placeOf(address), connection: name };
  let isAway = false;
  const reasons = new Set<string>();
  redis.on('error', (error) => {
    const words = wordsOf(error);
    if (!isAway || reasons.has(words)) return;
    reasons.add(words);
    logger.warn({ ...fields, error: words }, 'redis stays away');
  });
  redis.on('close', () => {
    if (isAway || isClosed()) return;
    isAway = true;
    logger.warn(fields, 'redis is away');
  });
  redis.on('ready', () => {
    if (isAway) logger.info(fields, 'redis is back');
    isAway = false;
    reasons.clear();
  });
}

/** The driver has no kind for it. */
const isExpiry = (error: unknown): boolean => error instanceof Error && error.message === 'Command timed out';

/** Waiting does not change it. */
function isRefusal(error: Error): boolean {
  const code = 'code' in error ? String(error.code) : '';
  return (
    /\b(?:WRONGPASS|NOAUTH|NOPERM|invalid password|DB index)\b/.test(error.message) ||
    /CERT|SIGNATURE|ALTNAME/.test(code)
  );
}

const wordsOf = (error: unknown): string =>
  error instanceof Error ? error.message.slice(0, 200) : 'no answer';
