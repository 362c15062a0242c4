// Tells a failure of what we depend on from a failure of the message or of our own code. Only the latter count.
import { isDomainError } from '#src/domain/errors.ts';

const passing = new Set(['unavailable', 'infrastructure', 'throttled', 'conflict', 'newer_version']);

/** It will pass without anybody's fault: wait, then try again for ever. */
export const isPassing = (error: unknown): boolean => isDomainError(error) && passing.has(error.kind);

/** For logs and dead letters, bounded. */
export function wordsOf(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : 'an unknown failure';
  return text.slice(0, 500);
}
