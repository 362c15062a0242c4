// Where tests of the worker, the monitor and the result processor play: ports in memory, pods on a string, one run.

import { type Placement, type Placements, placementsOf } from '#actors/placements.ts';
import { nonceOf } from '#actors/pod-monitor/nonce.ts';
import type { Child } from '#actors/role.ts';
import { unavailable } from '#src/domain/errors.ts';
import type { EventPayloads } from '#src/domain/event-payloads.ts';
import type { EventOf, EventType } from '#src/domain/events.ts';
import type { RunInput } from '#src/domain/execution.ts';
import type { FrameChannel } from '#src/ports/output-log.ts';
import type { Ports } from '#src/ports/ports.ts';
import { decodeCommand, frameLine, receivedLine } from '#tests/actors/supervisor-lines.ts';
import { type FakePod, type FakePods, fakePods } from './fake-pods.ts';
import { type FakeOutputLog, fakeDocuments, fakeOutputLog, type Gate } from './fake-stores.ts';
import { memoryWorld, type World } from './memory-ports.ts';
import { portsOf, settings } from './settings.ts';

export const runInput: RunInput = {
  script: 'print("hello")',
  runtime: { language: 'python', version: '3.11' },
  args: [],
  files: [],
  env: {},
  stdin: 'closed',
  limits: {
    timeoutMs: 10_000,
    memoryBytes: 64_000_000,
    cpuMillis: 1_000,
    processesMax: 32,
    diskBytes: 16_000_000,
    outputBytes: 1_000_000,
  },
};

export interface Stage {
  world: World;
  ports: Ports;
  pods: FakePods;
  outputLog: FakeOutputLog;
  placements: Placements;
  /** The next calls of this name fail so often. */
  away(call: string, times: number): void;
  accept(execution: string, input?: Partial<RunInput>): Promise<void>;
  place(execution: string, placement?: Partial<Placement>): Promise<Placement>;
  types(): string[];
  last<Type extends EventType>(type: Type): EventPayloads[Type] | undefined;
}

export function stage(): Stage {
  const world = memoryWorld();
  const failing = new Map<string, number>();
  const gate: Gate = async (call) => {
    const left = failing.get(call) ?? 0;
    failing.set(call, left - 1);
    if (left > 0) throw unavailable(call);
  };
  const pods = fakePods(world.clock.now);
  const outputLog = fakeOutputLog(gate);
  const documents = fakeDocuments(gate);
  const ports = portsOf(world, { pods, outputLog, documents });
  const placements = placementsOf(ports);
  return {
    world,
    ports,
    pods,
    outputLog,
    placements,
    away: (call, times) => void failing.set(call, times),
    async accept(execution, input = {}) {
      const inputs = documents.collection<RunInput>({ name: 'inputs', indexes: [] });
      await inputs.insert(execution, { ...runInput, ...input });
    },
    async place(execution, more = {}) {
      const placement: Placement = {
        execution,
        attempt: 1,
        podName: `run-${execution}-1`,
        podUid: null,
        owner: null,
        runtime: runInput.runtime,
        placedAt: world.clock.now(),
        state: 'placed',
        confirmed: false,
        drained: false,
        deletedAt: null,
        force: false,
        graceMs: 0,
        ...more,
      };
      await placements.insert(placement);
      return placement;
    },
    types: () => world.published.map(({ type }) => type),
    last: <Type extends EventType>(type: Type) =>
      world.published.findLast((event): event is EventOf<Type> & typeof event => event.type === type)
        ?.payload,
  };
}

export interface Puppet {
  pod: FakePod;
  /** Commands that the pod was told, by name, in order. */
  told(): string[];
  frame(number: number, channel: FrameChannel, text?: string): void;
  exit(number: number, account?: Record<string, unknown>): void;
  received(number: number): void;
}

/** A pod of a run and its supervisor's mouth, which says what the test has it say. */
export function puppet(pods: FakePods, execution: string, status: Partial<FakePod['status']> = {}): Puppet {
  const pod = pods.add({ name: `run-${execution}-1`, key: `${execution}:1`, ...status });
  const nonce = nonceOf(settings.nonceSecret, execution, 1);
  const frame = (number: number, channel: FrameChannel, text = ''): void =>
    pod.say(frameLine(nonce, number, channel, text));
  return {
    pod,
    told: () => pod.told.map((line) => Object.keys(decodeCommand(line).command)[0] ?? ''),
    frame,
    exit: (number, account = {}) => frame(number, 'exit', JSON.stringify({ ...cleanExit, ...account })),
    received: (number) => pod.say(receivedLine(nonce, number)),
  };
}

export const cleanExit = {
  cause: 'exited',
  exit_code: 0,
  signal: null,
  wall_ms: 12.5,
  cpu_ms: 9,
  memory_peak_bytes: 9_000_000,
  stdout_bytes: 6,
  stderr_bytes: 0,
  truncated: false,
  detail: null,
};

/** Runs a child until the test stops it. */
export function running(child: Child): { stop(): Promise<void> } {
  const over = new AbortController();
  const done = child.run({ signal: over.signal, ready: () => undefined });
  return {
    async stop() {
      over.abort();
      await done;
    },
  };
}
