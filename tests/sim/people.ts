// What people do in one seed: they submit runs, cancel, change their minds about priority, and type. They ask again when
// they hear nothing, as people do.

import type { Limits, Priority, RunInput } from '#src/domain/execution.ts';
import { priorities } from '#src/domain/execution.ts';
import { type ExecutionId, executionId, type UserId, userId } from '#src/domain/ids.ts';
import { inputChannel } from '#src/ports/live-feed.ts';
import { createInsistence, type InsistenceWorld } from './insistence.ts';
import type { Host } from './installation.ts';
import type { Random } from './random.ts';
import { type ScriptEnd, type ScriptPlan, scriptOf } from './world/script.ts';
import type { World } from './world/world.ts';

export interface PlannedRun {
  id: ExecutionId;
  user: UserId;
  plan: ScriptPlan;
  stdin: RunInput['stdin'];
  priority: Priority;
  runtime: RunInput['runtime'];
  /** What is typed, and when after submission; the last one ends the input. */
  typed: { afterMs: number; text: string }[];
  submitAtMs: number;
  cancelAfterMs: number | null;
  priorityAfterMs: number | null;
}

export const limitsOfRuns: Limits = {
  timeoutMs: 20_000,
  memoryBytes: 268_435_456,
  cpuMillis: 1_000,
  processesMax: 64,
  diskBytes: 67_108_864,
  outputBytes: 1_048_576,
};

export function planRuns(random: Random, count: number): PlannedRun[] {
  return Array.from({ length: count }, (_, index) => {
    const own = random.split(`run ${index}`);
    const plan = planScript(own);
    const stdin = plan.end === 'reads' ? own.pick(['given', 'open', 'open']) : 'closed';
    return {
      id: executionId(`run${index}`),
      user: userId(`user${own.below(2)}`),
      plan,
      stdin,
      priority: own.pick(priorities),
      runtime: own.chance(0.03)
        ? { language: 'cobol', version: '85' }
        : { language: 'python', version: '3.11' },
      typed: stdin === 'closed' ? [] : typing(own, stdin),
      submitAtMs: own.between(0, 25_000),
      cancelAfterMs: own.chance(0.3) ? own.between(10, 25_000) : null,
      priorityAfterMs: own.chance(0.2) ? own.between(10, 8_000) : null,
    };
  });
}

function planScript(random: Random): ScriptPlan {
  const weighed: readonly [ScriptEnd, number][] = [
    ['loops', 0.1],
    ['hangs', 0.04],
    ['no frame', 0.07],
    ['reads', 0.15],
    ['fails', 0.08],
    ['signaled', 0.04],
    ['cpu_limit', 0.04],
    ['out_of_memory', 0.06],
    ['output_limit', 0.04],
    ['disk_full', 0.04],
  ];
  let left = random.next();
  const drawn = weighed.find(([, share]) => {
    left -= share;
    return left < 0;
  });
  const end = drawn?.[0] ?? 'exits';
  const chatty = random.chance(0.15);
  return {
    lines: chatty ? 15 + random.below(20) : 1 + random.below(6),
    gapMs: chatty ? random.between(1, 60) : random.between(100, end === 'loops' ? 1_500 : 2_400),
    end,
    lingersMs: random.chance(0.3) ? random.between(1_000, 20_000) : random.between(1, 300),
    artifact: random.chance(0.3),
  };
}

function typing(random: Random, stdin: 'given' | 'open'): PlannedRun['typed'] {
  const count = 1 + random.below(3);
  return Array.from({ length: count }, (_, index) => ({
    afterMs: stdin === 'given' ? 0 : random.between(500, 9_000) * (index + 1),
    text: `line ${index}\n`,
  }));
}

/** Somebody may leave meanwhile. */
export interface Leaving {
  /** As a server asks before it accepts anything of a user. */
  mayAsk(host: Host, user: string): Promise<boolean>;
  /** Asked for before the account was closed, and accepted after it. */
  isUnderWay(run: PlannedRun): boolean;
  /** Whether this run may have been cancelled, and may be gone, because its user left. */
  takes(run: string): boolean;
  satisfied(): boolean;
  /** What is wrong once all is at rest, in words. */
  wrong(world: World): string | null;
}

export interface People {
  /** Runs whose acceptance somebody was told of, or that turn out to be there. */
  submitted(): readonly PlannedRun[];
  /** Everything that was wanted has been answered. */
  satisfied(): boolean;
  cancelAsked(id: string): boolean;
}

export interface PeopleWorld extends InsistenceWorld {
  random: Random;
  leaving: Leaving;
  /** Somebody was told that this is so. */
  promised(what: Promised, id: string): void;
}

export type Promised = 'submitted' | 'cancelled' | 'discarded';

export function letPeopleAct(world: PeopleWorld, runs: readonly PlannedRun[]): People {
  const { time, trace, leaving } = world;
  const { insist, waiting } = createInsistence(world, world.random.split('people'), 'people');
  const submitted = new Set<PlannedRun>();
  const cancelled = new Set<string>();

  const follow = (run: PlannedRun): void => {
    world.promised('submitted', run.id);
    submitted.add(run);
    if (run.cancelAfterMs !== null)
      time.after(run.cancelAfterMs, () => {
        cancelled.add(run.id);
        insist(`cancel ${run.id}`, cancelling(run), () => world.promised('cancelled', run.id));
      });
    if (run.priorityAfterMs !== null)
      time.after(run.priorityAfterMs, () => insist(`priority ${run.id}`, changingPriority(run)));
    if (run.stdin === 'open')
      run.typed.forEach((_, index) => {
        time.after(run.typed[index]?.afterMs ?? 0, () =>
          insist(`type into ${run.id}`, typingInto(run, index)),
        );
      });
  };
  const refused = new Set<PlannedRun>();
  const submit =
    (run: PlannedRun) =>
    async (host: Host): Promise<void> => {
      if (await leaving.mayAsk(host, run.user)) await submitting(run)(host);
      else refused.add(run);
    };
  const askOnce = (run: PlannedRun): void => {
    refused.add(run);
    const host = world.installation.some('api', world.random.split(`under way ${run.id}`));
    if (host === null) return;
    submitting(run)(host).catch(() => trace.count('a request of somebody who left came to nothing'));
  };
  for (const run of runs)
    time.after(run.submitAtMs, () => {
      if (leaving.isUnderWay(run)) askOnce(run);
      else
        insist(`submit ${run.id}`, submit(run), () => {
          if (!refused.has(run)) follow(run);
        });
    });
  return {
    submitted: () => [...submitted],
    satisfied: () => waiting() === 0 && runs.every((run) => submitted.has(run) || refused.has(run)),
    cancelAsked: (id) => cancelled.has(id) || leaving.takes(id),
  };
}

/** As the application accepts a run: what it is, what it reads, then the record. */
const submitting =
  (run: PlannedRun) =>
  async ({ ports, sagas }: Host): Promise<void> => {
    const { id, user, plan, stdin, priority, runtime } = run;
    const limits = limitsOfRuns;
    const input: RunInput = { script: scriptOf(plan), runtime, args: [], files: [], env: {}, stdin, limits };
    await ports.documents.collection<RunInput>({ name: 'inputs', indexes: [] }).insert(id, input);
    if (stdin === 'given') {
      const data = new TextEncoder().encode(run.typed.map(({ text }) => text).join(''));
      await ports.outputLog.appendInput(id, 1, { key: 'given', data, end: true });
    }
    const stdinOpen = stdin === 'open';
    await sagas.start({
      machine: 'execution',
      id,
      cause: `accept ${id}`,
      input: {
        executionId: id,
        userId: user,
        runtime: { ...runtime },
        limits: { ...limits },
        priority,
        stdinOpen,
        queuePosition: 1,
      },
    });
  };

const cancelling =
  ({ id, user }: PlannedRun) =>
  async ({ sagas }: Host): Promise<void> => {
    await sagas.send('execution', id, `cancel ${id}`, {
      type: 'CANCEL_REQUESTED',
      by: user,
      reason: 'not wanted any more',
    });
  };

const changingPriority =
  ({ id, user }: PlannedRun) =>
  async ({ sagas }: Host): Promise<void> => {
    await sagas.send('execution', id, `priority ${id}`, {
      type: 'PRIORITY_CHANGED',
      by: user,
      priority: 'critical',
    });
  };

const typingInto =
  ({ id, typed }: PlannedRun, index: number) =>
  async ({ ports }: Host): Promise<void> => {
    const record = await ports.records.load('execution', id);
    const attempt = record?.snapshot.context.attempt;
    if (record === null || record.final || typeof attempt !== 'number') return;
    const data = new TextEncoder().encode(typed[index]?.text ?? '');
    await ports.outputLog.appendInput(id, attempt, {
      key: `typed ${index}`,
      data,
      end: index === typed.length - 1,
    });
    ports.liveFeed.hint(inputChannel(id, attempt));
  };
