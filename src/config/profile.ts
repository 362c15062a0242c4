// Which engines a configuration means: all embedded in one process, or all three servers.
import type { Config } from './options.ts';

export type Profile = 'embedded' | 'distributed';

const engines = ['mongodb.uri', 'kafka.brokers', 'redis.url'] as const;

export function engineSettings(config: Config): { given: string[]; missing: string[] } {
  const isGiven = (path: (typeof engines)[number]): boolean => config[path].length > 0;
  return { given: engines.filter(isGiven), missing: engines.filter((path) => !isGiven(path)) };
}

/** Null for a mixture, which is refused. */
export function profileOf(config: Config): Profile | null {
  const { given, missing } = engineSettings(config);
  if (given.length === 0) return 'embedded';
  return missing.length === 0 ? 'distributed' : null;
}
