// The API over real sagas, with a test in the place of workers, monitors and the scheduler: it says by hand what they would.
import { createKernel } from '#actors/kernel/kernel.ts';
import type { ApiPorts } from '#src/api/deps.ts';

import type { ExitReport, ResultSummary } from '#src/domain/execution.ts';
import type { JsonObject } from '#src/domain/json.ts';
import type { Bus, Subscription } from '#src/ports/bus.ts';
import { type LiveFeed, runChannel } from '#src/ports/live-feed.ts';
import type { Chunk, FrameChannel, OutputLog } from '#src/ports/output-log.ts';
import type { Records } from '#src/ports/records.ts';
import { keepRunEvents } from '#tests/actors/run-events.ts';
import type { SimProcess } from '#tests/sim/process.ts';
import { createOutputStore } from '#tests/sim/world/output-log.ts';
import { createRecordStore } from '#tests/sim/world/records.ts';
import { type ApiWorld, apiWorld, type Person, type WorldOptions } from './api-world.ts';

export interface Written {
  channel: FrameChannel;
  data: string | Uint8Array;
}

export interface RunsWorld extends ApiWorld {
  records: Records;
  outputLog: OutputLog;
  liveFeed: LiveFeed;
  /** One event of the machine, as if its role had spoken. */
  tell(id: string, event: JsonObject & { type: string }): Promise<void>;
  admit(id: string, attempt?: number): Promise<void>;
  /** Frames of an attempt, numbered on from the last. */
  write(id: string, written: readonly Written[], attempt?: number): Promise<void>;
  /** Admitted, created, running. */
  begin(id: string): Promise<void>;
  /** Exit frame, seal and verdict; the pod is still there. */
  end(id: string, exit?: Partial<ExitReport>, attempt?: number): Promise<void>;
  /** Its pod is gone: the saga is over. */
  bury(id: string, attempt?: number): Promise<void>;
  execute(as: Person, body?: object, headers?: Record<string, string>): Promise<string>;
  /** Resolves when everything said was relayed. */
  settled(): Promise<void>;
}

export async function runsWorld(options: WorldOptions = {}): Promise<RunsWorld> {
  const process = {
    call: async (_part: string, _name: string, work: Work, ...sent: unknown[]) => copyOf(work, sent),
  };
  const records = createRecordStore(() => undefined).portOf(process as unknown as SimProcess);
  const outputLog = createOutputStore(() => undefined).portOf(process as unknown as SimProcess);
  const liveFeed = memoryFeed();
  const bus = memoryBus();
  let kernel: ReturnType<typeof createKernel> | null = null;
  const world = apiWorld({
    ...options,
    extend(ports): ApiPorts {
      kernel = createKernel({ ...ports, records, bus, liveFeed }, { service: 'api', serviceVersion: '1' });
      return { ...ports, records, outputLog, liveFeed, sagas: kernel };
    },
  });
  await keepRunEvents({ bus, documents: world.deps.ports.documents, records });
  const { sagas } = world.deps.ports;
  let said = 0;
  const next = new Map<string, number>();

  async function tell(id: string, event: JsonObject & { type: string }): Promise<void> {
    await sagas.send('execution', id, `said ${++said}`, event);
  }

  async function append(id: string, attempt: number, chunks: readonly Chunk[]): Promise<void> {
    await outputLog.append(id, attempt, chunks);
    liveFeed.hint(runChannel(id));
  }

  async function write(id: string, written: readonly Written[], attempt = 1): Promise<void> {
    const key = `${id}:${attempt}`;
    const from = next.get(key) ?? 0;
    next.set(key, from + written.length);
    const at = world.clock.now();
    const chunks = written.map(({ channel, data }, index): Chunk => {
      const frame = { number: from + index, channel, at, data: Buffer.from(data as string) };
      return { kind: 'frame', frame };
    });
    await append(id, attempt, chunks);
  }

  let slot = 0;
  const admit = (id: string, attempt = 1) => tell(id, { type: 'ADMITTED', attempt, slot: ++slot });

  return {
    ...world,
    records,
    outputLog,
    liveFeed,
    tell,
    admit,
    write,
    async begin(id) {
      await admit(id);
      await tell(id, { type: 'POD_CREATED', attempt: 1, podName: 'pod-1' });
      await write(id, [{ channel: 'started', data: '{"at_monotonic_ms":1}' }]);
      await tell(id, { type: 'POD_RUNNING', attempt: 1, podName: 'pod-1' });
    },
    async end(id, exit = {}, attempt = 1) {
      const report: ExitReport = { ...plainExit, ...exit };
      await write(id, [{ channel: 'exit', data: JSON.stringify(report) }], attempt);
      const last = (next.get(`${id}:${attempt}`) ?? 0) - 1;
      await tell(id, { type: 'POD_EXITED', attempt, exit: { ...report, usage: { ...report.usage } }, last });
      await append(id, attempt, [{ kind: 'seal', number: last + 1, seal: { last } }]);
      const summary = { ...emptySummary, last, truncated: report.truncated };
      await tell(id, { type: 'RESULT_SEALED', attempt, exit: null, summary });
    },
    bury: (id, attempt = 1) => tell(id, { type: 'POD_DELETED', attempt }),
    async execute(as, body = {}, headers = {}) {
      const answer = await world.ask('POST', '/api/v1/execute', {
        as,
        headers,
        body: { script: 'print(1)', ...body },
      });
      if (answer.status !== 200) throw new Error(`execute: ${answer.status} ${await answer.text()}`);
      return (await answer.json()).execution_id;
    },
    settled: async () => kernel?.settled(),
  };
}

/** Ada, whose runs they are; Bob, another user; a moderator and an admin. */
export const persons = async (world: RunsWorld) => ({
  ada: await world.person('ada'),
  bob: await world.person('bob'),
  mod: await world.person('mod', 'moderator'),
  root: await world.person('root', 'admin'),
});

export const plainExit: ExitReport = {
  cause: 'exited',
  exitCode: 0,
  signal: null,
  usage: { wallMs: 1_500, cpuMs: 250, memoryPeakBytes: 10_000_000 },
  stdoutBytes: 0,
  stderrBytes: 0,
  truncated: false,
  detail: null,
};

const emptySummary = {
  last: 0,
  stdoutBytes: 0,
  stderrBytes: 0,
  truncated: false,
  sha256: '0'.repeat(64),
  artifacts: [],
  preview: { stdout: 'preview', stderr: '' },
} satisfies ResultSummary;

type Work = (...sent: unknown[]) => unknown;

const copyOf = (work: Work, sent: unknown[]): unknown => structuredClone(work(...structuredClone(sent)));

function memoryFeed(): LiveFeed {
  const waiters = new Map<string, Set<() => void>>();
  return {
    hint: (channel) => {
      for (const wake of waiters.get(channel) ?? []) wake();
    },
    subscribe(channel, wake) {
      const here = waiters.get(channel) ?? new Set();
      waiters.set(channel, here.add(wake));
      return () => void here.delete(wake);
    },
    subscribers: () => [...waiters.values()].reduce((sum, here) => sum + here.size, 0),
  };
}

function memoryBus(): Bus {
  const subscriptions: Subscription[] = [];
  return {
    async publish(events) {
      for (const event of events)
        for (const { topics, handle } of subscriptions)
          if (topics.includes(event.type)) await handle(structuredClone(event));
    },
    prune: async () => 0,
    async subscribe(subscription) {
      subscriptions.push(subscription);
      return { close: async () => undefined, lag: async () => 0, inFlight: () => 0 };
    },
  };
}
