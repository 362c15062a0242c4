// Stands in for the roles that have sandboxes: every script ends well at once.
import { consumer } from '#actors/consumer.ts';
import type { Child } from '#actors/role.ts';
import type { DomainEvent, EventType } from '#src/domain/events.ts';
import type { Ports } from '#src/ports/ports.ts';
import { message } from './runs.ts';

export const exit = {
  cause: 'exited' as const,
  exitCode: 0,
  signal: null,
  usage: { wallMs: 1, cpuMs: 1, memoryPeakBytes: 1 },
  stdoutBytes: 0,
  stderrBytes: 0,
  truncated: false,
  detail: null,
};
const preview = { stdout: '', stderr: '' };
export const summary = {
  last: 1,
  stdoutBytes: 0,
  stderrBytes: 0,
  truncated: false,
  sha256: '',
  artifacts: [],
  preview,
};

export function instantPods({ bus, clock, logger }: Pick<Ports, 'bus' | 'clock' | 'logger'>): Child {
  const answer = <Type extends EventType>(
    { id, key }: DomainEvent,
    type: Type,
    payload: Parameters<typeof message<Type>>[2],
  ) => message(type, key, payload, { id: `${id}/${type}`, at: clock.now() });
  return consumer(
    { bus, clock, logger },
    {
      name: 'pods',
      group: 'pods',
      serviceVersion: '1',
      handlers: {
        create_pod_command: (event) => {
          const { execution_id, attempt } = event.payload;
          const pod = { execution_id, attempt, pod_name: 'p' };
          return bus.publish([
            answer(event, 'pod_running', { ...pod, container_statuses: [] }),
            answer(event, 'pod_terminated', {
              ...pod,
              exit_code: 0,
              reason: null,
              message: null,
              exit,
              last: 1,
            }),
          ]);
        },
        store_result_command: (event) => {
          const { execution_id, attempt } = event.payload;
          return bus.publish([answer(event, 'result_sealed', { execution_id, attempt, exit, summary })]);
        },
        delete_pod_command: (event) => {
          const { execution_id, attempt } = event.payload;
          return bus.publish([
            answer(event, 'pod_deleted', { execution_id, attempt, pod_name: 'p', reason: null }),
          ]);
        },
      },
    },
  );
}
