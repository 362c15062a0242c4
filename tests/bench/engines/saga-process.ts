// The real system on the real servers, all in one process with pods that answer at once, and with each call to a server noted.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { openEngines } from '#src/adapters/select.ts';
import { systemClock } from '#src/adapters/system/clock.ts';
import { loadConfig } from '#src/config/load.ts';
import type { RoleName } from '#src/domain/roles.ts';
import { type ProcessWithoutPods, processWithoutPods } from '#tests/actors/process-without-pods.ts';
import type { Servers } from '#tests/engines/deployment.ts';
import { benchLogger, type SagaProcess, type Slots, wholeRuns } from '../saga-process.ts';
import { type Watched, watchEngines } from './watched-engines.ts';

export interface EnginesProcess {
  ports: ProcessWithoutPods['ports'];
  whole: SagaProcess['whole'];
  take: Watched['take'];
  close(): Promise<void>;
}

/** @param roles besides those that step records */
export async function enginesProcess(
  servers: Servers,
  slots: Slots,
  roles: readonly RoleName[] = [],
): Promise<EnginesProcess> {
  const dataDir = await mkdtemp(join(tmpdir(), 'greenroom-bench-'));
  const mark = crypto.randomUUID().slice(0, 8);
  const environment = {
    ...servers,
    SECRET_KEY: `secret of ${mark} that is long enough`,
    DATA_DIR: dataDir,
    GREENROOM_MONGODB_DATABASE: `bench-${mark}`,
    GREENROOM_KAFKA_TOPIC_PREFIX: `bench-${mark}.`,
    GREENROOM_REDIS_PREFIX: `bench-${mark}:`,
  };
  const { config } = await loadConfig(environment, resolve('config.test.toml'));
  const clock = systemClock();
  const opened = await openEngines(config, clock, benchLogger, 'bench');
  const { engines, take } = watchEngines(opened);
  const process = await processWithoutPods({
    engines,
    clock,
    logger: benchLogger,
    settings: slots,
    roles: ['saga-orchestrator', 'dlq-processor', ...roles],
  });
  return {
    ports: process.ports,
    whole: await wholeRuns(process),
    take,
    async close() {
      await process.stop();
      await opened.close();
      await rm(dataDir, { recursive: true });
    },
  };
}
