// What a run hears from the bus. Pure, and decides nothing: attempts, repetitions and lateness are the machine's business.
import type { DomainEvent, EventType } from '#src/domain/events.ts';
import type { JsonObject } from '#src/domain/json.ts';

export const executionMachineName = 'execution';

/** The messages that concern a run; every other type is for somebody else. */
export const inboxTypes = [
  'pod_created',
  'pod_running',
  'pod_terminated',
  'pod_lost',
  'pod_unstartable',
  'pod_overdue',
  'pod_deleted',
  'result_sealed',
  'result_failed',
  'effect_failed',
] as const satisfies readonly EventType[];

export type MachineEvent = JsonObject & { type: string };

export interface Letter {
  execution: string;
  event: MachineEvent;
}

export function letterOf(message: DomainEvent): Letter | null {
  const event = machineEvent(message);
  return event === null ? null : { execution: message.key, event };
}

function machineEvent(message: DomainEvent): MachineEvent | null {
  switch (message.type) {
    case 'pod_created': {
      const { attempt, pod_name: podName } = message.payload;
      return { type: 'POD_CREATED', attempt, podName };
    }
    case 'pod_running': {
      const { attempt, pod_name: podName } = message.payload;
      return { type: 'POD_RUNNING', attempt, podName };
    }
    case 'pod_terminated': {
      const { attempt, exit, last } = message.payload;
      return { type: 'POD_EXITED', attempt, exit, last };
    }
    case 'pod_lost': {
      const { attempt, words, by_our_drain: byOurDrain } = message.payload;
      return { type: 'POD_LOST', attempt, words, byOurDrain };
    }
    case 'pod_unstartable': {
      const { attempt, words, retryable } = message.payload;
      return { type: 'POD_UNSTARTABLE', attempt, words, retryable };
    }
    case 'pod_overdue':
      return { type: 'POD_OVERDUE', attempt: message.payload.attempt };
    case 'pod_deleted':
      return { type: 'POD_DELETED', attempt: message.payload.attempt };
    case 'result_sealed': {
      const { attempt, exit, summary } = message.payload;
      return { type: 'RESULT_SEALED', attempt, exit, summary };
    }
    case 'result_failed': {
      const { attempt, words } = message.payload;
      return { type: 'RESULT_FAILED', attempt, words };
    }
    case 'effect_failed': {
      const { attempt, effect, words } = message.payload;
      return { type: 'EFFECT_FAILED', attempt, effect, words };
    }
    default:
      return null;
  }
}
