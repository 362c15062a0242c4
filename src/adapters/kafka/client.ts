// The driver's client as all parts use it: patched, told how to log, and with one of two kinds of patience.
import { Kafka, logLevel, type RetryOptions, type SASLOptions } from 'kafkajs';
import { driverLog } from './driver-log.ts';
import type { KafkaOptions, KafkaSasl } from './options.ts';
import { quietQueues } from './quiet-queue.ts';
import { promptSockets } from './sockets.ts';

/** Producer and consumers live through any outage: what waits for them has a deadline of ours. */
export const forEver: RetryOptions = {
  initialRetryTime: 50,
  multiplier: 1.5,
  maxRetryTime: 1_000,
  retries: Number.MAX_SAFE_INTEGER,
};

/** Questions are asked again by whoever asked. */
const briefly: RetryOptions = { initialRetryTime: 50, multiplier: 2, maxRetryTime: 400, retries: 3 };

export interface Clients {
  lasting: Kafka;
  asking: Kafka;
}

export function openClients(options: KafkaOptions): Clients {
  quietQueues();
  const { brokers, clientId, tls, sasl, clock, logger } = options;
  const client = (retry: RetryOptions): Kafka =>
    new Kafka({
      brokers: [...brokers],
      clientId,
      connectionTimeout: 2_000,
      authenticationTimeout: 5_000,
      requestTimeout: 5_000,
      socketFactory: promptSockets,
      logLevel: logLevel.INFO,
      logCreator: driverLog(clock, logger),
      retry,
      ...(tls !== undefined && { ssl: { ...tls } }),
      ...(sasl !== undefined && { sasl: saslOf(sasl) }),
    });
  return { lasting: client(forEver), asking: client(briefly) };
}

/** The driver's type knows a mechanism only together with its own options, which are the same for these. */
const saslOf = ({ mechanism, username, password }: KafkaSasl): SASLOptions =>
  ({ mechanism, username, password }) as SASLOptions;
