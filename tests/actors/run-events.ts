// The projection of runs' events without its role, for tests of what is around it.
import { keepingRunEvents, runEventTypes } from '#actors/event-replay/run-events.ts';
import type { DomainEvent } from '#src/domain/events.ts';
import type { Ports } from '#src/ports/ports.ts';

export async function keepRunEvents(ports: Pick<Ports, 'bus' | 'documents' | 'records'>): Promise<void> {
  const handlers = keepingRunEvents(ports) as Record<string, (event: DomainEvent) => Promise<void>>;
  await ports.bus.subscribe({
    group: 'run-events',
    topics: runEventTypes,
    handle: async (event) => handlers[event.type]?.(event),
  });
}
