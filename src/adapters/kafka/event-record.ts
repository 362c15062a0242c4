// An event as a record of Kafka.
import { type DomainEvent, isEventType } from '#src/domain/events.ts';
import { checkMessage, messageBytesMax } from '#src/domain/sizes.ts';

export interface EventRecord {
  topic: string;
  /** Always given: only then do repetitions of the driver reach the same partition, where they are dropped. */
  key: string;
  value: string;
  bytes: number;
}

/** @throws oversized: it can never be published */
export function eventRecord(event: DomainEvent, topic: string): EventRecord {
  const value = JSON.stringify(event);
  const bytes = Buffer.byteLength(value);
  // Only what is large as a whole is looked at twice.
  if (bytes > messageBytesMax) checkMessage(event);
  return { topic, key: routeOf(event), value, bytes };
}

/**
 * Messages of a key share a partition, and so a process. One that waits for a process of a newer version changes its partition with
 * every round, or it would come back to the same process for as long as that lives.
 */
const routeOf = ({ id, key, metadata }: DomainEvent): string => (metadata.postponed === undefined ? key : id);

/** Null for what none of us wrote: nobody can handle it. */
export function eventIn(value: Buffer | null): DomainEvent | null {
  try {
    const found: unknown = JSON.parse(value?.toString() ?? '');
    return isEvent(found) ? found : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Whether the payload fits its type is asked by who handles it, and a misfit becomes a dead letter. */
function isEvent(found: unknown): found is DomainEvent {
  if (typeof found !== 'object' || found === null) return false;
  const { id, type, key, at, payload, metadata } = found as Record<string, unknown>;
  return (
    [id, key].every((text) => typeof text === 'string') &&
    typeof type === 'string' &&
    isEventType(type) &&
    typeof at === 'number' &&
    [payload, metadata].every((part) => typeof part === 'object' && part !== null)
  );
}
