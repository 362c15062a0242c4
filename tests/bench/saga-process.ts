// The real system on the embedded engines with pods that answer at once, as the benchmark of sagas drives it.
import { isUnavailable } from '#src/domain/errors.ts';
import { pinoLogger } from '#src/observability/logger.ts';
import { type EmbeddedProcess, embeddedProcess } from '#tests/actors/embedded-process.ts';
import type { ProcessWithoutPods } from '#tests/actors/process-without-pods.ts';
import { acceptance } from '#tests/actors/runs.ts';

export interface SagaProcess {
  process: EmbeddedProcess;
  /** Resolves once the run's end is on the bus. */
  whole(number: number): Promise<void>;
}

export interface Slots {
  concurrentMax: number;
  concurrentPerUserMax: number;
}

const users = 50;
/** Lines are made as in production, and then thrown away. */
export const benchLogger = pinoLogger({
  level: 'info',
  process: 'bench',
  destination: { write: () => undefined },
});

export async function sagaProcess(slots: Slots): Promise<SagaProcess> {
  const process = await embeddedProcess(slots, benchLogger);
  return { process, whole: await wholeRuns(process) };
}

/** Answers a task that resolves once a run's end is on the bus. */
export async function wholeRuns({
  ports,
  system,
}: Pick<ProcessWithoutPods, 'ports' | 'system'>): Promise<SagaProcess['whole']> {
  const waiting = new Map<string, () => void>();
  await ports.bus.subscribe({
    group: 'bench',
    topics: ['saga_completed'],
    async handle({ key }) {
      waiting.get(key)?.();
      waiting.delete(key);
    },
  });
  return async (number) => {
    const id = ports.ids.next();
    const ended = new Promise<void>((resolve) => waiting.set(id, resolve));
    await accepted(() => system.sagas.start(acceptance(id, { userId: `user-${number % users}` })));
    await ended;
  };
}

/** Who is told that the store does not answer asks again, as a client does; the same request is accepted once. */
async function accepted(start: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await start();
      return;
    } catch (error) {
      if (!isUnavailable(error)) throw error;
    }
  }
}
