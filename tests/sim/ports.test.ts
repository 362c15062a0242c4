// The simulated engines keep the promises of the real ones: the same contract suites, on virtual time.

import type { PodSpec } from '#src/ports/pods.ts';
import { testBus } from '#tests/contract/bus.contract.ts';
import { testDocuments } from '#tests/contract/documents.contract.ts';
import { testLeases } from '#tests/contract/leases.contract.ts';
import { testLiveFeed } from '#tests/contract/live-feed.contract.ts';
import { testOutputLog } from '#tests/contract/output-log.contract.ts';
import { testPods } from '#tests/contract/pods.contract.ts';
import { testPublishing } from '#tests/contract/record-publishing.contract.ts';
import { testRecords } from '#tests/contract/records.contract.ts';
import { createFaults, noFaults } from './faults.ts';
import { createProcess, type ProcessWorld, type SimProcess } from './process.ts';
import { createRandom } from './random.ts';
import { memoryLeases } from './stores/memory-leases.ts';
import { createTrace } from './trace.ts';
import { createVirtualTime } from './virtual-time.ts';
import { createBus } from './world/bus.ts';
import { createDocumentStore } from './world/documents.ts';
import { createFleet } from './world/fleet.ts';
import { createLeaseStore } from './world/leases.ts';
import { createFeed } from './world/live-feed.ts';
import { createOutputStore } from './world/output-log.ts';
import { createPods } from './world/pods.ts';
import { createRecordStore } from './world/records.ts';

/** Virtual time that passes while the test waits for real promises. */
function openWorld() {
  // The test's own promises settle on the event loop, between two steps.
  const time = createVirtualTime(() => undefined);
  const faults = createFaults(noFaults);
  faults.stop();
  const world: ProcessWorld = {
    time,
    trace: createTrace(time.now, false),
    faults,
    random: createRandom(1),
    mistaken: () => undefined,
  };
  let open = true;
  const pump = (): void => {
    const end = time.steps() + 1;
    time.run(() => time.steps() >= end);
    if (open) setImmediate(pump);
  };
  setImmediate(pump);
  let processes = 0;
  const boot = (): SimProcess => createProcess(`process-${++processes}`, world);
  const close = async (): Promise<void> => {
    open = false;
  };
  return { world, boot, close };
}

testRecords('simulated', async () => {
  const { boot, close } = openWorld();
  return { records: createRecordStore(() => undefined).portOf(boot()), close };
});

for (const publishes of [false, true]) {
  testPublishing(publishes ? 'simulated, with the bus in its store' : 'simulated', async () => {
    const { world, boot, close } = openWorld();
    const [process, bus] = [boot(), createBus(world)];
    const records = createRecordStore(() => undefined).portOf(process, publishes ? bus.publish : null);
    return { records, bus: bus.portOf(process), publishes, close };
  });
}

testDocuments('simulated', async () => {
  const { boot, close } = openWorld();
  return { documents: createDocumentStore().portOf(boot()), close };
});

testOutputLog('simulated', async () => {
  const { boot, close } = openWorld();
  return { outputLog: createOutputStore(() => undefined).portOf(boot()), close };
});

testBus('simulated', async () => {
  const { world, boot, close } = openWorld();
  const bus = createBus(world);
  let process = boot();
  return {
    bus: bus.portOf(process),
    async reopen() {
      process.kill('restarted');
      process = boot();
      return bus.portOf(process);
    },
    close,
  };
});

testLeases('simulated', async () => {
  const { world, boot, close } = openWorld();
  const store = createLeaseStore(memoryLeases(world.time.now));
  const process = boot();
  return { leases: store.portOf(process), other: store.portOf(boot()), clock: process.clock, close };
});

testLiveFeed('simulated', async () => {
  const { world, boot, close } = openWorld();
  const feed = createFeed(world);
  return { liveFeed: feed.portOf(boot()), close };
});

const spec: PodSpec = {
  runtime: { language: 'python', version: '3.11' },
  limits: {
    timeoutMs: 10_000,
    memoryBytes: 128 * 2 ** 20,
    cpuMillis: 1_000,
    processesMax: 64,
    diskBytes: 16 * 2 ** 20,
    outputBytes: 2 ** 20,
  },
};

for (const owned of [false, true]) {
  testPods(owned ? 'simulated, owned by a process' : 'simulated', async () => {
    const { world, boot, close } = openWorld();
    const hooks = { scriptStarted: () => undefined, confused: () => undefined };
    const fleet = createFleet(world, hooks, { owned, warm: { spec, target: 1 } });
    return { pods: createPods(fleet, world).portOf(boot()), spec, close };
  });
}
