// The real system on the embedded engines with pods that answer at once, as the benchmark of sagas drives it.
import { pinoLogger } from '#src/observability/logger.ts';
import { type EmbeddedProcess, embeddedProcess } from '#tests/actors/embedded-process.ts';
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
const logger = pinoLogger({ level: 'info', process: 'bench', destination: { write: () => undefined } });

export async function sagaProcess(slots: Slots): Promise<SagaProcess> {
  const process = await embeddedProcess(slots, logger);
  const waiting = new Map<string, () => void>();
  await process.ports.bus.subscribe({
    group: 'bench',
    topics: ['saga_completed'],
    async handle({ key }) {
      waiting.get(key)?.();
      waiting.delete(key);
    },
  });
  return {
    process,
    async whole(number) {
      const id = process.ports.ids.next();
      const ended = new Promise<void>((resolve) => waiting.set(id, resolve));
      await process.system.sagas.start(acceptance(id, { userId: `user-${number % users}` }));
      await ended;
    },
  };
}
