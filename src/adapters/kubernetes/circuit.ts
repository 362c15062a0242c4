// Keeps callers from waiting, one after the other, for a server that does not answer: after some failures in a row everybody is
// told at once, and one caller at a time finds out whether it is back.
import { unavailable } from '#src/domain/errors.ts';
import type { Clock } from '#src/ports/clock.ts';

export interface Circuit {
  /** @throws unavailable while the server is taken to be away */
  pass(): void;
  answered(): void;
  failed(): void;
  isUp(): boolean;
}

const failuresMax = 5;
const closedForMs = 1_000;

export function circuit(clock: Pick<Clock, 'monotonic'>): Circuit {
  let failures = 0;
  let nextTryAt = 0;
  const isUp = (): boolean => failures < failuresMax;
  return {
    isUp,
    pass() {
      if (isUp()) return;
      const now = clock.monotonic();
      if (now < nextTryAt) throw unavailable('kubernetes: the API server does not answer');
      // This one tries; nobody else does until it knows, or the same time has passed again.
      nextTryAt = now + closedForMs;
    },
    answered() {
      failures = 0;
    },
    failed() {
      failures += 1;
      nextTryAt = clock.monotonic() + closedForMs;
    },
  };
}
