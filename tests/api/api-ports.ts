// Ports for tests of the API: an in-memory store whose outboxes a test can read, and nothing that runs scripts.
import { embeddedLimiter } from '#src/adapters/embedded/limiter.ts';
import type { ApiPorts } from '#src/api/deps.ts';
import type { DomainEvent } from '#src/domain/events.ts';
import type { Clock } from '#src/ports/clock.ts';
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
      setClockAhead: () => undefined,
      after: clock.after,
      kill: () => undefined,
      onEnd: () => undefined,
    }),
    limiter: embeddedLimiter(),
    records: absent,
    outputLog: absent,
    liveFeed: absent,
    sagas: absent,
  } as unknown as ApiPorts;
  const events = () => documents.unsent().flatMap(({ rows }) => rows.map(({ event }) => event));
  return { ports, store: { events } };
}
