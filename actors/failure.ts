// Tells a failure of what we depend on from a failure of the message or of our own code. Only the latter count.
import { isDomainError } from '#src/domain/errors.ts';

const passing = new Set(['unavailable', 'infrastructure', 'throttled', 'conflict', 'newer_version']);

/** It will pass without anybody's fault: wait, then try again for ever. */
export const isPassing = (error: unknown): boolean => isDomainError(error) && passing.has(error.kind);

/** For logs and dead letters, bounded. */
export function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return 'an unknown failure';
  const detail = isDomainError(error) && error.detail !== undefined ? ` (${error.detail})` : '';
  return `${error.name}: ${error.message}${detail}`.slice(0, 500);
}
