// Schedulers at work on the virtual clock, with people who submit, runs that end, admins who pause and set limits, and
// schedulers that die. It watches every commit: nobody is admitted who may not be, nor out of turn.
import { createKernel, type Kernel } from '#actors/kernel/kernel.ts';
import { scheduler } from '#actors/saga-orchestrator/scheduler.ts';
import type { Priority } from '#src/domain/execution.ts';
import { type AdmissionState, admissionCollection, admissionId } from '#src/domain/fleet.ts';
import { admissionOrder, type Queue, type QueueEntry } from '#src/domain/queue.ts';
import { noQuotas, type QuotasBody, quotasCollection } from '#src/domain/quotas.ts';
import type { SagaRecord } from '#src/domain/saga-record.ts';
import { admissionChannel } from '#src/ports/live-feed.ts';
import { memoryWorld, type World } from './memory-ports.ts';
import { type Mortal, mortalPorts } from './mortal-ports.ts';
import { admitted, nextOf } from './queue-model.ts';
import { acceptance } from './runs.ts';
import { settings } from './settings.ts';

export interface Stage {
  world: World;
  /** Ids in the order of their admission. */
  admissions: string[];
  /** What was broken so far. */
  faults: string[];
  /** The process whose scheduler works now. */
  present(): Mortal;
  arrive(userId: string, priority: Priority): Promise<string>;
  /** Ends one that holds a slot; its pod is gone. */
  end(id: string): Promise<void>;
  holding(): string[];
  pause(paused: boolean): Promise<void>;
  limitAll(concurrentMax: number): Promise<void>;
  limitUser(userId: string, concurrent: number | null): Promise<void>;
  /** The scheduler is no more, and another takes over. */
  takeOver(): Promise<void>;
  /** Another takes over, and the one before does not know it. */
  passBy(): Promise<void>;
  /** What waits and what is held now, by the records. */
  queue(): Queue;
  stop(): Promise<void>;
}

const producer = { service: 'saga-orchestrator', serviceVersion: '1' };
/** Until a dead scheduler's lease is over and the next has looked. */
const takeOverMs = 8_000;

export async function schedulingStage(limits: { all: number; perUser: number }): Promise<Stage> {
  const world = memoryWorld();
  const live = { ...settings, concurrentMax: limits.all, concurrentPerUserMax: limits.perUser };
  live.queueTimeoutMs = 24 * 60 * 60_000;
  const byUser = new Map<string, number>();
  const people = createKernel(world, producer);
  const admissions: string[] = [];
  const faults: string[] = [];
  /** Admissions of one batch are committed side by side. */
  let underway: QueueEntry[] = [];
  let paused = false;
  let runs = 0;
  let living: { mortal: Mortal; stop: AbortController; done: Promise<void> };

  const queue = (): Queue => queueOf([...world.stored.values()], live, byUser);

  /** What the scheduler is about to do, against what is true at this very moment. */
  function judge(id: string): void {
    const before = underway.reduce(admitted, queue());
    const entry = before.entries.find((waiting) => waiting.id === id);
    const held = [...before.heldByUser.values()].reduce((sum, count) => sum + count, 0);
    if (entry === undefined) return;
    const own = byUser.get(entry.userId) ?? live.concurrentPerUserMax;
    admissions.push(id);
    if (held >= live.concurrentMax) faults.push(`${id} is one too many of ${live.concurrentMax}`);
    if ((before.heldByUser.get(entry.userId) ?? 0) >= own) faults.push(`${id} is one too many of its user`);
    if (paused) faults.push(`${id} was admitted while admission was paused`);
    if (nextOf(before, world.clock.now())?.id !== id) faults.push(`${id} was admitted out of turn`);
    if (!isRebuilt(living.mortal.calls)) faults.push(`${id} was admitted before all that waits was read`);
    underway.push(entry);
  }

  const watched: World = {
    ...world,
    records: {
      ...world.records,
      async commit(record) {
        if (record.turns.at(-1)?.event.type === 'ADMITTED') judge(record.id);
        const outcome = await world.records.commit(record);
        underway = underway.filter(({ id }) => id !== record.id);
        return outcome;
      },
    },
  };

  function begin(process: string) {
    const mortal = mortalPorts(watched);
    const kernel = createKernel(mortal.ports, producer);
    const stop = new AbortController();
    const child = scheduler(mortal.ports, kernel, Object.assign(live, { process }), () => true);
    const done = child.run({ signal: stop.signal, ready: () => undefined });
    return { mortal, stop, done };
  }

  async function told(): Promise<void> {
    world.liveFeed.hint(admissionChannel);
    await world.clock.settle();
  }

  living = begin('process-0');
  await world.clock.settle();
  let processes = 1;
  const left: (typeof living)[] = [];
  return {
    world,
    admissions,
    faults,
    present: () => living.mortal,
    queue,
    async arrive(userId, priority) {
      const id = `run-${String(++runs).padStart(4, '0')}`;
      await people.start(acceptance(id, { userId, priority }));
      await world.clock.settle();
      return id;
    },
    end: (id) => endRun(people, world, id),
    holding: () => [...world.stored.values()].filter(({ uniques }) => uniques.length > 0).map(({ id }) => id),
    async pause(on) {
      const collection = world.documents.collection<AdmissionState>(admissionCollection);
      const at = world.clock.now();
      await collection.insert(admissionId, { paused: null, closures: [], lookedAt: at });
      const set = { paused: on ? { by: 'admin', reason: 'repair', at } : null };
      await collection.change(admissionId, { set });
      if (!on) paused = false;
      await told();
      paused = on;
    },
    async limitAll(concurrentMax) {
      live.concurrentMax = concurrentMax;
      await told();
    },
    async limitUser(userId, concurrent) {
      const collection = world.documents.collection<QuotasBody>(quotasCollection);
      await collection.insert(userId, { ...noQuotas });
      await collection.change(userId, { set: { concurrent } });
      if (concurrent === null) byUser.delete(userId);
      else byUser.set(userId, concurrent);
      await told();
    },
    async takeOver() {
      living.mortal.die();
      living.stop.abort();
      living = begin(`process-${processes++}`);
      await world.clock.advance(takeOverMs);
    },
    async passBy() {
      left.push(living);
      living = begin(`process-${processes++}`);
      await world.clock.advance(takeOverMs);
    },
    async stop() {
      for (const { mortal, stop, done } of [...left, living]) {
        stop.abort();
        if (!mortal.dead()) await done;
      }
    },
  };
}

/** By the calls of one life: all pages of all that waits, then the slots, before the first commit. */
function isRebuilt(calls: readonly string[]): boolean {
  const read = calls.indexOf('find all');
  return read >= 0 && calls.indexOf('held', read) > read;
}

async function endRun(people: Kernel, world: World, id: string): Promise<void> {
  const { attempt } = world.stored.get(`execution/${id}`)?.snapshot.context ?? {};
  await people.send('execution', id, `cancel ${id}`, { type: 'CANCEL_REQUESTED', by: 'u', reason: 'r' });
  await people.send('execution', id, `gone ${id}`, { type: 'POD_DELETED', attempt: Number(attempt) });
  await world.clock.settle();
}

function queueOf(
  records: readonly SagaRecord[],
  limits: { concurrentMax: number; concurrentPerUserMax: number },
  concurrentByUser: ReadonlyMap<string, number>,
): Queue {
  const heldByUser = new Map<string, number>();
  for (const { fields, uniques } of records) {
    const userId = String(fields.userId);
    if (uniques.length > 0) heldByUser.set(userId, (heldByUser.get(userId) ?? 0) + uniques.length);
  }
  const entries = records
    .filter(({ state }) => state === 'queued')
    .map(({ id, snapshot: { context } }) => ({ id, ...context }) as unknown as QueueEntry);
  const { concurrentMax, concurrentPerUserMax } = limits;
  return { entries, heldByUser, limits: { concurrentMax, concurrentPerUserMax, concurrentByUser } };
}

/** Who would be admitted if the slots of nobody who waits came free, one after another. */
export function expected(queue: Queue, now: number): string[] {
  const order: string[] = [];
  let left = queue;
  for (let next = nextOf(left, now); next !== null; next = nextOf(left, now)) {
    order.push(next.id);
    left = admitted(left, next);
  }
  return order;
}

/** Where everybody stands, as people are shown. */
export const shown = (queue: Queue, now: number): string[] => admissionOrder(queue, now).map(({ id }) => id);
