// Handlers and series of events for the suites of the bus.
import type { DomainEvent } from '#src/domain/events.ts';
import type { Bus, Handle } from '#src/ports/bus.ts';
import { type SampleTopic, sampleEvent } from './sample-event.ts';

export const topics: readonly SampleTopic[] = ['inspect_pod_command'];

/** Subscribes with a handler that notes the ids it saw. */
export async function listening(bus: Bus, group: string, on: readonly SampleTopic[] = topics) {
  const seen: string[] = [];
  const subscribed = await bus.subscribe({
    group,
    topics: on,
    handle: async (event) => {
      seen.push(event.id);
    },
  });
  return { seen, subscribed };
}

export const series = (key: string, count: number, topic: SampleTopic = 'inspect_pod_command') =>
  Array.from({ length: count }, (_, index) => sampleEvent(`${key}${index}`, key, topic));

export const idsOf = (events: readonly DomainEvent[]) => events.map((event) => event.id);
export const ofKey = (seen: readonly string[], key: string) => seen.filter((id) => id.startsWith(key));

/** A handler whose calls wait for one another's release; it shows who is inside. */
export function gated() {
  const inside: string[] = [];
  const waiting = new Map<string, () => void>();
  const handle: Handle = (event) =>
    new Promise((resolve) => {
      inside.push(event.id);
      waiting.set(event.id, () => {
        inside.splice(inside.indexOf(event.id), 1);
        waiting.delete(event.id);
        resolve();
      });
    });
  const release = (id: string) => waiting.get(id)?.();
  return { inside, handle, release };
}
