// Messages that die, each in its own way: its form is wrong, its handler fails, an older process gave it up although nothing
// is wrong with it, or it is of a type that no bus here knows.
import type { DomainEvent, EventType } from '#src/domain/events.ts';
import type { Random } from './random.ts';
import type { World } from './world/world.ts';

export interface Poison {
  id: string;
  key: string;
  /** Those who failed can take it the next time. */
  mended?: boolean;
}

/** A message that the world publishes, what it counts as, and how its letter is found. */
export interface Dying extends Poison {
  fault: 'message poisoned' | 'handler fails' | 'message given up by others';
  published: DomainEvent;
}

const malformed = ['pod_running', 'delete_pod_command', 'inspect_pod_command', 'result_sealed'] as const;
const failing = 'saga_turns_archived';
/** Topics that may have dead letters. */
export const mayDie: readonly EventType[] = [...malformed, failing];

export function dyingOf(
  random: Random,
  { records, wallNow }: World,
  runIds: readonly string[],
  index: number,
): Dying {
  const key = random.chance(0.6) ? (runIds[random.below(runIds.length)] ?? 'nobody') : 'nobody';
  const at = Math.round(wallNow());
  const id = `poison ${index}`;
  const how = random.next();
  if (how < 0.55) {
    const payload = { execution_id: key, attempt: 'first' };
    const published = messageOf(id, random.pick(malformed), key, at, payload);
    return { id, key, fault: 'message poisoned', published };
  }
  if (how < 0.7) {
    const payload = { saga_id: key, saga_name: 'execution', turns: [{}] };
    return { id, key, fault: 'handler fails', published: messageOf(id, failing, key, at, payload) };
  }
  const run = records.all().find((record) => record.id === key);
  const payload = { execution_id: key, attempt: Number(run?.fields.attempt ?? 1) };
  const type = how < 0.95 ? 'inspect_pod_command' : 'message_of_another_version';
  const message = messageOf(id, type, key, at, payload);
  const mended = type === 'inspect_pod_command';
  return { id, key, mended, fault: 'message given up by others', published: announced(message) };
}

/** What a process says that could not take this message. */
function announced(message: DomainEvent): DomainEvent {
  const id = `${message.id}/dead/pod-monitor`;
  const letter = {
    dlq_event_id: id,
    original_topic: message.type,
    original_event_type: message.type,
    error: 'TypeError: a mistake of a version that is gone',
    retry_count: 2,
    producer_id: 'saga-orchestrator',
    failed_at: '',
    group: 'pod-monitor',
    redrive: 0,
    message,
  };
  return messageOf(id, 'dlq_message_received', message.key, message.at, letter);
}

const messageOf = (id: string, type: string, key: string, at: number, payload: object): DomainEvent =>
  // Deliberately not what its type promises: that is the fault.
  ({
    id,
    type,
    at,
    key,
    payload,
    metadata: { service: 'nobody', serviceVersion: '0' },
  }) as unknown as DomainEvent;
