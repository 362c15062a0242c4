// A run as tests accept it, and events as roles would publish them.
import type { DomainEvent, EventOf, EventType } from '#src/domain/events.ts';
import type { JsonObject } from '#src/domain/json.ts';
import type { StartRequest } from '#src/ports/sagas.ts';

export function acceptance(id: string, input: JsonObject = {}): StartRequest {
  return {
    machine: 'execution',
    id,
    cause: `request-${id}`,
    input: {
      executionId: id,
      userId: 'user-1',
      runtime: { language: 'python', version: '3.11' },
      limits: {
        timeoutMs: 10_000,
        memoryBytes: 64 << 20,
        cpuMillis: 500,
        processesMax: 32,
        diskBytes: 32 << 20,
        outputBytes: 1 << 20,
      },
      priority: 'normal',
      stdinOpen: false,
      queuePosition: 1,
      ...input,
    },
  };
}

export function message<Type extends EventType>(
  type: Type,
  key: string,
  payload: EventOf<Type>['payload'],
  more: Partial<DomainEvent> = {},
): DomainEvent {
  const metadata = { service: 'test', serviceVersion: '1' };
  const event = { id: `${type}-${key}`, type, at: 1, key, payload, metadata, ...more };
  return event as unknown as DomainEvent;
}
