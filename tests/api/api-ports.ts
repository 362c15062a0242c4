// Ports for tests of the API: an in-memory store whose outboxes a test can read, and nothing that runs scripts.
import type { ApiPorts } from '#src/api/deps.ts';
import type { DomainEvent } from '#src/domain/events.ts';
import type { Clock } from '#src/ports/clock.ts';
import type { Limiter } from '#src/ports/limiter.ts';
import type { Logger } from '#src/ports/logger.ts';
import { createDocumentStore } from '#tests/sim/world/documents.ts';

export interface TestStore {
  /** Every event that waits in an outbox. */
  events(): DomainEvent[];
}

export function apiPorts(clock: Clock, logger: Logger) {
  const documents = createDocumentStore();
  let drawn = 0;
  const absent = new Proxy(
    {},
    { get: (_, name) => () => Promise.reject(new Error(`no ${String(name)} here`)) },
  );
  const ports = {
    clock,
    ids: { next: () => `00000000-0000-4000-8000-${String(++drawn).padStart(12, '0')}` },
    logger,
    documents: documents.portOf({
      name: 'api',
      clock,
      ids: { next: () => '' },
      call: async (_part, _operation, work, ...sent) => structuredClone(work(...structuredClone(sent))),
      alive: () => true,
      after: clock.after,
      kill: () => undefined,
      onEnd: () => undefined,
    }),
    limiter: windowLimiter(),
    records: absent,
    outputLog: absent,
    liveFeed: absent,
    sagas: absent,
  } as unknown as ApiPorts;
  const events = () => documents.unsent().flatMap(({ rows }) => rows.map(({ event }) => event));
  return { ports, store: { events } };
}

/** A fixed window by the minute: enough to see what the interface makes of a limiter's answers. */
function windowLimiter(): Limiter {
  const counts = new Map<string, number>();
  const decide: Limiter['take'] = async (key, rule, now) => {
    const window = Math.floor(now / rule.windowMs);
    const resetAt = (window + 1) * rule.windowMs;
    const count = counts.get(`${key}:${window}`) ?? 0;
    const allowed = count < rule.requests;
    if (allowed) counts.set(`${key}:${window}`, count + 1);
    const remaining = Math.max(0, rule.requests - count - 1);
    return { allowed, limit: rule.requests, remaining, resetAt, retryAfterMs: allowed ? 0 : resetAt - now };
  };
  return {
    take: decide,
    peek: decide,
    reset: async (prefix) => {
      for (const key of counts.keys()) if (key.startsWith(prefix)) counts.delete(key);
    },
  };
}
