// What a deployment decides about Kafka, checked before anything is opened.
import { DomainError } from '#src/domain/errors.ts';
import { eventTypes } from '#src/domain/events.ts';
import type { Clock } from '#src/ports/clock.ts';
import type { Logger } from '#src/ports/logger.ts';

export interface KafkaOptions {
  /** Brokers to ask first, each as `host:port`. */
  brokers: readonly string[];
  /** Before the name of every topic and group; apart for each installation on one cluster. */
  prefix: string;
  /** Of every topic. What exists already may have more, if all have as many. */
  partitions: number;
  /** Copies of every partition of a topic that is made. */
  replication: number;
  /** How long a topic that is made keeps its events. */
  retentionMs: number;
  /** Names this process in the brokers' logs. */
  clientId: string;
  clock: Clock;
  logger: Logger;
  tls?: KafkaTls | undefined;
  sasl?: KafkaSasl | undefined;
}

/** Certificates and key as PEM text; without a `ca` those of the system count. */
export interface KafkaTls {
  ca?: string;
  cert?: string;
  key?: string;
}

export interface KafkaSasl {
  mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
  username: string;
  password: string;
}

const topicLengthMax = 249;
const longestType = Math.max(...eventTypes.map((type) => type.length));

/** @throws DomainError with a sentence for the operator */
export function checkOptions({ brokers, prefix, partitions, replication, retentionMs }: KafkaOptions): void {
  const room = topicLengthMax - longestType;
  if (brokers.length === 0) throw unfit('no broker is named; give at least one as HOST:PORT');
  const odd = brokers.find((broker) => !/^[^\s:/]+:\d{1,5}$/.test(broker));
  if (odd !== undefined)
    throw unfit(`"${odd}" is no address of a broker; allowed is HOST:PORT, with a name or an IPv4 address`);
  if (!/^[a-zA-Z0-9._-]*$/.test(prefix) || prefix.length > room) {
    throw unfit(
      `"${prefix}" cannot begin the name of a topic; allowed are up to ${room} letters, digits, ".", "_" and "-"`,
    );
  }
  for (const [name, value] of Object.entries({ partitions, replication, retentionMs })) {
    if (!Number.isInteger(value) || value < 1)
      throw unfit(`${name} is ${value}; allowed is an integer from 1`);
  }
}

/** Nothing that passes by itself: somebody has to change a setting, or the cluster. */
export const unfit = (sentence: string): DomainError =>
  new DomainError('infrastructure', `Kafka cannot be used: ${sentence}`);
