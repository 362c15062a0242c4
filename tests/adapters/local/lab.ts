// A local runtime in a folder of its own, for one test file.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createLocalPods, type LocalPods, type LocalPodsOptions } from '#src/adapters/local/local-pods.ts';
import type { Limits } from '#src/domain/execution.ts';
import type { PodSpec, PodStatus } from '#src/ports/pods.ts';
import { until } from '#tests/support/until.ts';

import { type Monitor, mebibytes, monitorOf, type Outcome, type TestJob } from './monitor.ts';
import { realClock, silentLogger } from './test-clock.ts';

export const limits: Limits = {
  timeoutMs: 10_000,
  memoryBytes: mebibytes(128),
  cpuMillis: 2_000,
  processesMax: 64,
  diskBytes: mebibytes(16),
  outputBytes: mebibytes(8),
};

export interface Laboratory extends LocalPods {
  folder: string;
  spec: PodSpec;
  /** A fresh pod with a monitor attached. */
  open(nonce?: string): Promise<{ pod: PodStatus; monitor: Monitor }>;
  /** One run in a fresh pod, from its job to the proof that it is gone. */
  run(job: TestJob): Promise<Outcome>;
  gone(uid: string): Promise<void>;
  close(): Promise<void>;
}

export async function openLaboratory(
  options: Partial<LocalPodsOptions> & { version?: string; folder?: string } = {},
): Promise<Laboratory> {
  const { version, folder: named, ...rest } = options;
  const folder = named ?? (await mkdtemp(join(tmpdir(), 'greenroom-local-')));
  const local = await createLocalPods({
    soleOwner: true,
    installationDir: folder,
    clock: realClock,
    logger: silentLogger,
    isolation: 'full',
    warmPerRuntime: 0,
    process: 'test',
    limits,
    ...rest,
  });
  local.warm();
  const offered = await local.pods.runtimes();
  const runtime = offered.find((one) => one.version === version) ?? offered.at(-1);
  if (!runtime) throw new Error('no Python here');
  const spec: PodSpec = { runtime, limits };
  let count = 0;

  const open: Laboratory['open'] = async (nonce) => {
    count += 1;
    const pod = await local.pods.create(`pod-${count}`, `execution-${count}:1`, spec);
    return { pod, monitor: monitorOf(await local.pods.attach(pod.uid), nonce) };
  };
  const gone = async (uid: string): Promise<void> => {
    await local.pods.delete(uid, { force: true, graceMs: 0 });
    await until(async () => (await local.pods.get(uid)) === null);
  };
  return {
    ...local,
    folder,
    spec,
    open,
    gone,
    async run(job) {
      const { pod, monitor } = await open(job.nonce);
      await monitor.begin(job);
      const outcome = await monitor.finish();
      await gone(pod.uid);
      return outcome;
    },
    async close() {
      await local.stop();
      if (!named) await rm(folder, { recursive: true, force: true });
    },
  };
}
