// A process on the embedded engines in which everything is real but the pods: this stands in for the roles that have them.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { consumer } from '#actors/consumer.ts';
import { createSystem, type System } from '#actors/system.ts';
import { openEmbedded } from '#src/adapters/embedded/engines.ts';
import { randomIds, systemClock } from '#src/adapters/system/clock.ts';
import type { DomainEvent, EventType } from '#src/domain/events.ts';
import type { RoleSettings } from '#src/domain/roles.ts';
import type { Logger } from '#src/ports/logger.ts';
import type { Ports } from '#src/ports/ports.ts';
import { message } from './runs.ts';
import { settings } from './settings.ts';

const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silent,
};

export interface EmbeddedProcess {
  system: System;
  ports: Ports;
  close(): Promise<void>;
}

export async function embeddedProcess(
  more: Partial<RoleSettings> = {},
  logger = silent,
): Promise<EmbeddedProcess> {
  const dataDir = await mkdtemp(join(tmpdir(), 'greenroom-actors-'));
  const clock = systemClock();
  const engines = await openEmbedded({ dataDir, clock, logger });
  const ports: Ports = { ...engines, clock, ids: randomIds(), logger, pods: null, httpServer: null };
  const system = createSystem({
    roles: ['saga-orchestrator', 'dlq-processor'],
    ports,
    settings: { ...settings, ...more },
    onFailure: ({ words }) => {
      throw new Error(words);
    },
  });
  const stop = new AbortController();
  const pods = podsFor(ports).run({ signal: stop.signal, ready: () => undefined });
  await system.start();
  return {
    system,
    ports,
    async close() {
      await system.drain();
      stop.abort();
      await pods;
      await engines.close();
      await rm(dataDir, { recursive: true });
    },
  };
}

const exit = {
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
const summary = {
  last: 1,
  stdoutBytes: 0,
  stderrBytes: 0,
  truncated: false,
  sha256: '',
  artifacts: [],
  preview,
};

/** Every script ends well at once. */
function podsFor({ bus, clock, logger }: Ports) {
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
