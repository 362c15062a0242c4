// The events of runs, kept as they pass on the bus, for whoever asks what happened to one. A projection: it may lag behind
// and may be rebuilt, and nothing is decided by it.
import type { Handlers } from '#actors/consumer.ts';
import { executionMachineName } from '#actors/saga-orchestrator/inbox.ts';
import { eventPayloads } from '#src/domain/event-payloads.ts';
import { type DomainEvent, type EventType, eventTypes } from '#src/domain/events.ts';
import { runEventsCollection } from '#src/domain/run-collections.ts';
import { isPresent } from '#src/domain/saga-record.ts';
import type { Ports } from '#src/ports/ports.ts';

/** Types whose key is a run. */
export const runEventTypes: readonly EventType[] = eventTypes.filter((type) =>
  Object.hasOwn(eventPayloads[type].properties, 'execution_id'),
);

/** Keeps every event of a run from now on, and those that the bus still has. */
export function keepingRunEvents({ documents, records }: Pick<Ports, 'documents' | 'records'>): Handlers {
  const kept = documents.collection<DomainEvent>(runEventsCollection);
  const keep = async (event: DomainEvent): Promise<void> => {
    await kept.insert(event.id, event);
    // Looked at afterwards: whoever erases the run meanwhile either finds the event, or is found here.
    if (!isPresent(await records.load(executionMachineName, event.key))) await kept.remove(event.id);
  };
  return Object.fromEntries(runEventTypes.map((type) => [type, keep]));
}
