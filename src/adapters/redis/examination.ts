// What an operator wants to know of the server before the start. It is only asked.
import { unavailable } from '#src/domain/errors.ts';
import type { Clock } from '#src/ports/clock.ts';
import { addressOf, placeOf } from './address.ts';
import { openConnection } from './connection.ts';
import type { RedisOptions } from './engines.ts';

export interface RedisFacts {
  place: string;
  version: string;
  /** `master` takes writes. */
  role: string;
  /** `standalone`, `sentinel` or `cluster`. */
  mode: string;
  /** What goes when there is no room. */
  evictionPolicy: string;
  /** Bytes; 0 is without limit. */
  memoryMax: number;
  memoryUsed: number;
  clockAheadMs: number;
}

/** Rejects with a sentence for the operator: no answer, a wrong password, a certificate that nobody signed. */
export async function examineRedis({ url, tls, clock, logger }: RedisOptions): Promise<RedisFacts> {
  const address = addressOf(url);
  const options = { address, ...(tls === undefined ? {} : { tls }), name: 'doctor', clock, logger };
  const connection = await openConnection(options);
  try {
    const told = factsOf(await connection.ask((redis) => redis.info()));
    return {
      place: placeOf(address),
      version: told.get('redis_version') ?? '',
      role: told.get('role') ?? '',
      mode: told.get('redis_mode') ?? '',
      evictionPolicy: told.get('maxmemory_policy') ?? '',
      memoryMax: Number(told.get('maxmemory') ?? 0),
      memoryUsed: Number(told.get('used_memory') ?? 0),
      clockAheadMs: await clockAhead(() => connection.ask((redis) => redis.time()), clock),
    };
  } finally {
    connection.close();
  }
}

/** `name:value`, one on a line. */
const factsOf = (text: string): Map<string, string> =>
  new Map(
    text
      .split('\r\n')
      .map((line) => line.split(':', 2))
      .flatMap(([name, value]) => (name === undefined || value === undefined ? [] : [[name, value]])),
  );

async function clockAhead(time: () => Promise<number[] | string[]>, clock: Clock): Promise<number> {
  const asked = clock.now();
  const [seconds, micros] = await time();
  const answered = clock.now();
  if (seconds === undefined || micros === undefined) throw unavailable('redis: it does not tell its time');
  return Number(seconds) * 1_000 + Number(micros) / 1_000 - (asked + answered) / 2;
}
