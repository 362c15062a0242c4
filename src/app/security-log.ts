// What went against the rules, as events. At most one of a kind from one place in a minute, so that a flood of bad
// requests does not become a flood of writes.
import { securityLogCollection } from '#src/domain/account-collections.ts';
import { isDomainError } from '#src/domain/errors.ts';
import type { DomainEvent } from '#src/domain/events.ts';
import type { Clock } from '#src/ports/clock.ts';
import type { Documents } from '#src/ports/documents.ts';
import type { Logger } from '#src/ports/logger.ts';
import type { MakeEvent } from './events.ts';

export type Violation = 'csrf' | 'forged_token' | 'foreign_object';

export interface SecurityLog {
  violation(violation: Violation, who: { userId: string | null; address: string | null }): void;
  rateLimitExceeded(exceeded: {
    /** Of the limit that was met; one event for each in a window. */
    key: string;
    userId: string | null;
    endpoint: string;
    limit: number;
    windowMs: number;
  }): void;
  quotaExceeded(exceeded: { userId: string; quota: string; limit: number; usage: number }): void;
  /** Resolves when everything told so far is stored. */
  settled(): Promise<void>;
}

interface LogBody {
  type: string;
  at: number;
}

const violationWindowMs = 60_000;
const toldMax = 10_000;
const keptMs = 24 * 60 * 60_000;

const sentences: Record<Violation, string> = {
  csrf: 'A request that changes something came without the right CSRF token',
  forged_token: 'A session token was not signed by this server',
  foreign_object: 'Somebody asked for what belongs to another',
};

export function createSecurityLog(dependencies: {
  documents: Documents;
  clock: Clock;
  logger: Logger;
  makeEvent: MakeEvent;
}): SecurityLog {
  const { documents, clock, logger, makeEvent } = dependencies;
  const collection = documents.collection<LogBody>(securityLogCollection);
  const told = new Map<string, number>();
  let writing: Promise<void> = Promise.resolve();

  /** The id names the window, so that several processes together tell it once. */
  function once(key: string, windowMs: number, eventFor: (id: string) => DomainEvent): void {
    const now = clock.now();
    const window = Math.floor(now / windowMs);
    const id = `${key}:${windowMs}:${window}`;
    if (told.has(id)) return;
    for (const [other, until] of told) if (until < now) told.delete(other);
    if (told.size >= toldMax) told.clear();
    told.set(id, (window + 1) * windowMs);
    const event = eventFor(id);
    writing = writing
      .then(async () => {
        await collection.insert(id, { type: event.type, at: now }, { outbox: [event] });
        await collection.removeWhere({ at: { lt: now - keptMs } }, 20);
      })
      .catch((error: unknown) => {
        told.delete(id);
        logger.warn({ error, known: isDomainError(error) }, 'a security event could not be stored');
      });
  }

  return {
    violation(violation, { userId, address }) {
      const who = userId ?? address ?? 'unknown';
      once(`${violation}:${who}`, violationWindowMs, (id) =>
        makeEvent(
          'security_violation',
          who,
          { user_id: userId, violation_type: violation, details: sentences[violation], ip_address: address },
          { id, ...(userId === null ? {} : { userId }) },
        ),
      );
    },
    rateLimitExceeded({ key, userId, endpoint, limit, windowMs }) {
      once(`limit:${key}`, windowMs, (id) =>
        makeEvent(
          'rate_limit_exceeded',
          userId ?? key,
          { user_id: userId, endpoint, limit, window_seconds: Math.ceil(windowMs / 1000) },
          { id, ...(userId === null ? {} : { userId }) },
        ),
      );
    },
    quotaExceeded({ userId, quota, limit, usage }) {
      once(`quota:${quota}:${userId}`, violationWindowMs, (id) =>
        makeEvent(
          'quota_exceeded',
          userId,
          { quota_type: quota, limit, current_usage: usage, user_id: userId },
          { id, userId },
        ),
      );
    },
    settled: () => writing,
  };
}
