// Records of runs as the machine really makes them, for tests of what is shown of them.
import { machineNamed } from '#machines/registry.ts';
import { startRecord, step } from '#machines/step.ts';
import type { ExitReport } from '#src/domain/execution.ts';
import type { JsonObject } from '#src/domain/json.ts';
import type { SagaRecord } from '#src/domain/saga-record.ts';
import { acceptance } from '#tests/actors/runs.ts';

export const startedAt = 1_000_000;

/** A run to which these events have happened, a second apart. */
export function runAfter(events: readonly (JsonObject & { type: string })[]): SagaRecord {
  const machine = machineNamed('execution');
  if (machine === null) throw new Error('no execution machine');
  const first = startRecord(machine, { ...acceptance('run'), at: startedAt });
  return events.reduce((record, event, index) => {
    const outcome = step(record, { cause: `cause-${index}`, event }, startedAt + (index + 1) * 1_000);
    if (outcome.kind !== 'changed') throw new Error(`${event.type} was ${outcome.kind}`);
    return outcome.record;
  }, first);
}

const usage = { wallMs: 1_234.5, cpuMs: 1_005, memoryPeakBytes: 1_025 };

export const exitedWith = (exit: Partial<Omit<ExitReport, 'usage'>>) => ({
  type: 'POD_EXITED',
  attempt: 1,
  last: 0,
  exit: {
    cause: 'exited',
    exitCode: 0,
    signal: null,
    usage,
    stdoutBytes: 5,
    stderrBytes: 0,
    truncated: false,
    detail: null,
    ...exit,
  },
});

export const admitted = { type: 'ADMITTED', attempt: 1, slot: 1 };
export const running = { type: 'POD_RUNNING', attempt: 1, podName: 'pod-1' };
export const sealed = {
  type: 'RESULT_SEALED',
  attempt: 1,
  exit: null,
  summary: {
    last: 0,
    stdoutBytes: 5,
    stderrBytes: 0,
    truncated: false,
    sha256: '',
    artifacts: [],
    preview: { stdout: 'hello', stderr: '' },
  },
};
