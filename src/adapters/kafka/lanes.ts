// Messages of one subscription by key: one at a time for each key, whatever topic it came by, and keys side by side. A key
// whose handler rejects waits alone.
import type { Cancel, Clock } from '#src/ports/clock.ts';

export interface Task {
  key: string;
  /** Rejects: called again after a pause, unless it was dropped meanwhile. */
  run(): Promise<void>;
  done(): void;
  failed(error: unknown, failures: number, delayMs: number): void;
}

export interface Lanes {
  add(task: Task): void;
  /** Forgets all that is not running; what runs is not repeated, and what is added for its key waits for it. */
  drop(): void;
  running(): number;
  /** Resolves once nothing runs. */
  idle(): Promise<void>;
}

interface Lane {
  tasks: Task[];
  state: 'ready' | 'running' | 'waiting';
  /** Of the first task. */
  failures: number;
  /** The task that runs is not to be repeated. */
  dropped: boolean;
  cancel: Cancel;
}

const backOffMs = { first: 50, longest: 1_000 };
const nothing = (): void => undefined;

export function keyLanes(clock: Clock, runningMax: number): Lanes {
  const lanes = new Map<string, Lane>();
  const ready: Lane[] = [];
  let running = 0;
  let waitingForIdle: (() => void)[] = [];

  function makeReady(lane: Lane): void {
    lane.state = 'ready';
    ready.push(lane);
  }

  function start(): void {
    while (running < runningMax) {
      const lane = ready.shift();
      if (lane === undefined) return;
      const [task] = lane.tasks;
      // A lane that was emptied while it waited for its turn.
      if (lane.state === 'ready' && task !== undefined) void run(lane, task);
    }
  }

  async function run(lane: Lane, task: Task): Promise<void> {
    running += 1;
    lane.state = 'running';
    const failure = await attempt(task);
    running -= 1;
    if (failure === null) task.done();
    if (failure === null || lane.dropped) goOn(lane, task);
    else repeat(lane, task, failure.error);
    if (running === 0) tellIdle();
    start();
  }

  function goOn(lane: Lane, { key }: Task): void {
    lane.tasks.shift();
    lane.failures = 0;
    lane.dropped = false;
    if (lane.tasks.length === 0) lanes.delete(key);
    else makeReady(lane);
  }

  function repeat(lane: Lane, task: Task, error: unknown): void {
    lane.failures += 1;
    lane.state = 'waiting';
    const delayMs = Math.min(backOffMs.first * 2 ** (lane.failures - 1), backOffMs.longest);
    lane.cancel = clock.after(delayMs, () => {
      makeReady(lane);
      start();
    });
    task.failed(error, lane.failures, delayMs);
  }

  function tellIdle(): void {
    const told = waitingForIdle;
    waitingForIdle = [];
    for (const tell of told) tell();
  }

  return {
    add(task) {
      const lane = lanes.get(task.key);
      if (lane === undefined) {
        const fresh: Lane = { tasks: [task], state: 'ready', failures: 0, dropped: false, cancel: nothing };
        lanes.set(task.key, fresh);
        ready.push(fresh);
        start();
      } else lane.tasks.push(task);
    },
    drop() {
      for (const [key, lane] of lanes) {
        if (lane.state === 'running') {
          lane.tasks.length = 1;
          lane.dropped = true;
          continue;
        }
        lane.cancel();
        lane.tasks.length = 0;
        lanes.delete(key);
      }
    },
    running: () => running,
    idle: () =>
      running === 0 ? Promise.resolve() : new Promise((resolve) => waitingForIdle.push(() => resolve())),
  };
}

async function attempt(task: Task): Promise<{ error: unknown } | null> {
  try {
    await task.run();
    return null;
  } catch (error) {
    return { error };
  }
}
