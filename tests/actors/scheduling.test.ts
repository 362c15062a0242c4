// What the scheduler keeps to, whatever comes: properties over random days on the virtual clock.
import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { type Priority, priorities } from '#src/domain/execution.ts';
import { ageingMs } from '#src/domain/queue.ts';
import { expected, type Stage, schedulingStage, shown } from './scheduling-stage.ts';

type Command =
  | { kind: 'arrive'; user: string; priority: Priority }
  | { kind: 'end'; which: number }
  | { kind: 'pause' | 'resume' | 'die' }
  | { kind: 'doom'; at: number; when: 'before' | 'after' }
  | { kind: 'all'; limit: number }
  | { kind: 'user'; user: string; limit: number | null }
  | { kind: 'wait'; ms: number };

const user = fc.constantFrom('a', 'b', 'c', 'd');
const one = <Kind extends string>(kind: Kind) => fc.constant({ kind } as const);
const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('arrive' as const),
      user,
      priority: fc.constantFrom(...priorities),
    }),
  },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('end' as const), which: fc.nat(20) }) },
  { weight: 1, arbitrary: one('pause') },
  { weight: 2, arbitrary: one('resume') },
  { weight: 1, arbitrary: one('die') },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('doom' as const),
      at: fc.nat(12),
      when: fc.constantFrom('before' as const, 'after' as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('all' as const), limit: fc.integer({ min: 1, max: 6 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('user' as const),
      user,
      limit: fc.option(fc.integer({ min: 1, max: 5 }), { nil: null }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 90_000 }) }),
  },
);

async function obey(stage: Stage, order: Command): Promise<void> {
  switch (order.kind) {
    case 'arrive':
      return void (await stage.arrive(order.user, order.priority));
    case 'end': {
      const holding = stage.holding();
      const id = holding[order.which % Math.max(1, holding.length)];
      return id === undefined ? undefined : stage.end(id);
    }
    case 'pause':
    case 'resume':
      return stage.pause(order.kind === 'pause');
    case 'die':
      return stage.takeOver();
    case 'doom':
      return stage.present().dieAt(order.at, order.when);
    case 'all':
      return stage.limitAll(order.limit);
    case 'user':
      return stage.limitUser(order.user, order.limit);
    case 'wait':
      return stage.world.clock.advance(order.ms);
  }
}

describe('the scheduler, whatever comes,', () => {
  test('keeps limits, order and pauses, leaves no slot free that somebody may have, and reads all before it admits', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(command, { minLength: 10, maxLength: 60 }),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 4 }),
        async (commands, all, perUser) => {
          const stage = await schedulingStage({ all, perUser });
          let paused = false;
          for (const order of commands) {
            await obey(stage, order);
            if (order.kind === 'pause' || order.kind === 'resume') paused = order.kind === 'pause';
            if (stage.present().dead()) await stage.takeOver();
            expect(stage.faults).toEqual([]);
            if (!paused) expectNoSlotIdle(stage);
          }
          await stage.stop();
        },
      ),
      { seed: 77, numRuns: 60 },
    );
  }, 120_000);

  test('admits in the order that it shows, while nothing but ends of others happens', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(user, fc.constantFrom(...priorities), fc.integer({ min: 0, max: 40_000 })), {
          minLength: 3,
          maxLength: 15,
        }),
        fc.integer({ min: 1, max: 3 }),
        async (arrivals, slots) => {
          const stage = await schedulingStage({ all: slots, perUser: 15 });
          for (let index = 0; index < slots; index += 1) await stage.arrive(`other-${index}`, 'normal');
          for (const [userId, priority, waitMs] of arrivals) {
            await stage.arrive(userId, priority);
            await stage.world.clock.advance(waitMs);
          }
          await stage.pause(true);
          const now = stage.world.clock.now();
          const positions = shown(stage.queue(), now);
          expect(positions).toEqual(expected(stage.queue(), now));
          stage.admissions.length = 0;
          await stage.pause(false);
          // Slots come free without anybody's share becoming less.
          await stage.limitAll(slots + arrivals.length);
          expect(stage.admissions).toEqual(positions);
          expect(stage.faults).toEqual([]);
          await stage.stop();
        },
      ),
      { seed: 78, numRuns: 40 },
    );
  }, 60_000);

  test('never exceeds the limit of all when it wakes in mid-admission, long after another took over', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(user, { minLength: 1, maxLength: 4 }),
        fc.array(user, { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 1, max: 4 }),
        fc.nat(14),
        fc.nat(3),
        async (early, urgent, all, at, ends) => {
          const stage = await schedulingStage({ all, perUser: 10 });
          const old = stage.present();
          old.standStillAt(at);
          for (const userId of early) await stage.arrive(userId, 'background');
          // Whom it was about to admit waits on: these go before.
          for (const userId of urgent) await stage.arrive(userId, 'critical');
          await stage.passBy();
          for (const id of stage.holding().slice(0, ends)) await stage.end(id);
          old.goOn();
          await stage.world.clock.advance(2_000);
          const slots = [...stage.world.stored.values()].flatMap(({ uniques }) => uniques);
          expect(new Set(slots).size).toBe(slots.length);
          expect(slots.length).toBeLessThanOrEqual(all);
          expectNoSlotIdle(stage);
          await stage.stop();
        },
      ),
      { seed: 80, numRuns: 80 },
    );
  }, 60_000);

  test('shares slots alike among users of one priority who wait: never two more for one than for another', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray(['a', 'a', 'a', 'a', 'a', 'a', 'b', 'b', 'b', 'b', 'c', 'c', 'c'], {
          minLength: 6,
        }),
        fc.integer({ min: 1, max: 6 }),
        async (arrivals, slots) => {
          const stage = await schedulingStage({ all: 1, perUser: 20 });
          await stage.pause(true);
          for (const userId of arrivals) await stage.arrive(userId, 'normal');
          await stage.pause(false);
          for (let all = 2; all <= slots; all += 1) {
            await stage.limitAll(all);
            const { entries, heldByUser } = stage.queue();
            const shares = [...new Set(entries.map(({ userId }) => userId))].map(
              (id) => heldByUser.get(id) ?? 0,
            );
            if (shares.length > 1) expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
          }
          await stage.stop();
        },
      ),
      { seed: 79, numRuns: 30 },
    );
  }, 60_000);

  test.each(priorities.map((priority, index) => [priority, (index + 1) * ageingMs] as const))(
    'lets a run of priority %s wait no longer than %d ms and one other run, though critical ones never cease',
    async (priority, boundMs) => {
      const stage = await schedulingStage({ all: 2, perUser: 2 });
      const [stepMs, lastsMs] = [5_000, 20_000];
      const ends = new Map<string, number>();
      let patient = '';
      for (let strangers = 0; !stage.admissions.includes(patient); ) {
        const now = stage.world.clock.now();
        for (const id of stage.holding()) ends.set(id, ends.get(id) ?? now + lastsMs);
        for (const id of stage.holding()) if ((ends.get(id) ?? now) <= now) await stage.end(id);
        // Each is somebody new, who holds nothing, and some always wait.
        while (stage.queue().entries.length < 4) await stage.arrive(`stranger-${++strangers}`, 'critical');
        if (patient === '' && strangers > 10) patient = await stage.arrive('patient', priority);
        await stage.world.clock.advance(stepMs);
        if (strangers > 200) throw new Error('it waits for ever');
      }
      const { createdAt, admittedAt } =
        stage.world.stored.get(`execution/${patient}`)?.snapshot.context ?? {};
      expect(Number(admittedAt) - Number(createdAt)).toBeLessThanOrEqual(boundMs + lastsMs + stepMs);
      expect(passedBy(stage, patient, boundMs)).toEqual([]);
      expect(stage.faults).toEqual([]);
      await stage.stop();
    },
    60_000,
  );
});

/** Those admitted before it who came more than the bound after it. */
function passedBy(stage: Stage, id: string, boundMs: number): string[] {
  const cameAt = (run: string): number => Number(stage.world.stored.get(`execution/${run}`)?.createdAt);
  const before = stage.admissions.slice(0, stage.admissions.indexOf(id));
  return before.filter((other) => cameAt(other) >= cameAt(id) + boundMs);
}

function expectNoSlotIdle(stage: Stage): void {
  const queue = stage.queue();
  const held = [...queue.heldByUser.values()].reduce((sum, count) => sum + count, 0);
  if (held < queue.limits.concurrentMax) expect(expected(queue, stage.world.clock.now())).toEqual([]);
}
