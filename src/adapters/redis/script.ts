// Scripts that the server runs as one step. It is asked for them by their digest, and told the text when it has forgotten.
import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';

export interface Script {
  text: string;
  digest: string;
}

export const script = (text: string): Script => ({
  text,
  digest: createHash('sha1').update(text).digest('hex'),
});

/** On one key. A digest that is not known has run nothing, so the second call is the first. */
export async function run(
  redis: Redis,
  { text, digest }: Script,
  key: string,
  values: readonly (string | number)[],
): Promise<string[]> {
  const answer = await redis.evalsha(digest, 1, key, ...values).catch((error: unknown) => {
    if (error instanceof Error && error.message.startsWith('NOSCRIPT'))
      return redis.eval(text, 1, key, ...values);
    throw error;
  });
  return Array.isArray(answer) ? answer.map(String) : [];
}
