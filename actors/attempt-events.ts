// The messages that tell of an attempt's pod. Ids derive from the attempt, so that whoever says a thing again says the same.
import type { EventPayloads } from '#src/domain/event-payloads.ts';
import type { DomainEvent, EventOf, EventType } from '#src/domain/events.ts';
import type { ExitReport } from '#src/domain/execution.ts';
import { attemptKey } from '#src/domain/ids.ts';
import type { RoleName } from '#src/domain/roles.ts';
import type { Clock } from '#src/ports/clock.ts';

/** Who speaks: role and version go into every message's metadata. */
export interface Speaker {
  service: RoleName;
  serviceVersion: string;
  clock: Clock;
}

/** An attempt and the name of its pod. */
export interface PodOfAttempt {
  execution: string;
  attempt: number;
  podName: string;
}

type AttemptPayload = { execution_id: string; attempt: number };
type AttemptEventType = {
  [Type in EventType]: EventPayloads[Type] extends AttemptPayload ? Type : never;
}[EventType];

export const attemptEvent = <Type extends AttemptEventType>(
  speaker: Speaker,
  type: Type,
  payload: EventPayloads[Type] & AttemptPayload,
): EventOf<Type> => ({
  id: `${type} ${attemptKey(payload.execution_id, payload.attempt)}`,
  type,
  at: speaker.clock.now(),
  key: payload.execution_id,
  payload,
  metadata: { service: speaker.service, serviceVersion: speaker.serviceVersion },
});

/** Success or failure only informs; the end itself is pod_terminated, which comes last. */
export function exitedEvents(
  speaker: Speaker,
  pod: PodOfAttempt,
  exit: ExitReport,
  last: number,
  words: { reason: string | null; message: string | null } = { reason: null, message: null },
): DomainEvent[] {
  const common = { execution_id: pod.execution, attempt: pod.attempt, pod_name: pod.podName };
  const exitCode = exitCodeOf(exit);
  const reason = words.reason ?? exit.cause;
  const message = words.message ?? exit.detail;
  const informing: DomainEvent =
    exit.cause === 'exited' && exitCode === 0
      ? attemptEvent(speaker, 'pod_succeeded', { ...common, exit_code: 0, stdout: null, stderr: null })
      : attemptEvent(speaker, 'pod_failed', {
          ...common,
          exit_code: exitCode,
          reason,
          message,
          stdout: null,
          stderr: null,
        });
  const terminated = attemptEvent(speaker, 'pod_terminated', {
    ...common,
    exit_code: exitCode,
    reason,
    message,
    exit,
    last,
  });
  return [informing, terminated];
}

/** As a shell tells it: a signal's number plus 128 where there is no code. */
export const exitCodeOf = (exit: ExitReport): number => exit.exitCode ?? 128 + (exit.signal ?? 9);
