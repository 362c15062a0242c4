// The laws of the queue's order, on queues of any kind: it agrees with the plain model, lets nobody starve, shuts nobody
// out, and stays as it was shown while nothing but admissions happens.
import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { priorities } from '#src/domain/execution.ts';
import { admissionOrder, admissions, ageingMs, type Queue, type QueueEntry } from '#src/domain/queue.ts';
import { admitted, nextOf } from './queue-model.ts';

const now = 100_000_000;
const users = ['a', 'b', 'c', 'd', 'e'];

const anyQueue: fc.Arbitrary<Queue> = fc
  .record({
    given: fc.array(
      fc.record({
        userId: fc.constantFrom(...users),
        priority: fc.constantFrom(...priorities),
        waited: fc.integer({ min: 0, max: 20 * ageingMs }),
        attempt: fc.integer({ min: 1, max: 2 }),
      }),
      { maxLength: 40 },
    ),
    held: fc.dictionary(fc.constantFrom(...users), fc.integer({ min: 0, max: 5 })),
    perUser: fc.integer({ min: 0, max: 6 }),
    own: fc.dictionary(fc.constantFrom(...users), fc.integer({ min: 0, max: 8 })),
    max: fc.integer({ min: 1, max: 12 }),
  })
  .map(({ given, held, perUser, own, max }) => ({
    entries: given.map(
      ({ userId, priority, waited, attempt }, index): QueueEntry => ({
        id: `run-${index}`,
        userId,
        priority,
        createdAt: now - waited,
        queuedAt: attempt === 1 ? now - waited : now - Math.floor(waited / 2),
        attempt,
      }),
    ),
    heldByUser: new Map(Object.entries(held)),
    limits: {
      concurrentMax: max,
      concurrentPerUserMax: perUser,
      concurrentByUser: new Map(Object.entries(own)),
    },
  }));

const always = (law: (queue: Queue) => void): void =>
  fc.assert(fc.property(anyQueue, law), { seed: 20_251, numRuns: 300 });
const ids = (entries: readonly QueueEntry[]): string[] => entries.map(({ id }) => id);
const limitOf = ({ limits }: Queue, userId: string): number =>
  limits.concurrentByUser.get(userId) ?? limits.concurrentPerUserMax;

/** One after another by the model, until nobody who waits may be admitted. */
function byModel(queue: Queue): QueueEntry[] {
  const order: QueueEntry[] = [];
  let left = queue;
  for (let next = nextOf(left, now); next !== null; next = nextOf(left, now)) {
    order.push(next);
    left = admitted(left, next);
  }
  return order;
}

describe('the order of the queue', () => {
  test('begins with whom the plain model admits, one after another; who is over a limit comes after', () => {
    always((queue) => {
      const model = ids(byModel(queue));
      expect(ids(admissionOrder(queue, now)).slice(0, model.length)).toEqual(model);
    });
  });

  test('is the order in which they are admitted: taking the first leaves the rest as it was', () => {
    always((queue) => {
      const order = admissionOrder(queue, now);
      const [first] = order;
      if (first === undefined || (queue.heldByUser.get(first.userId) ?? 0) >= limitOf(queue, first.userId))
        return;
      expect(ids(admissionOrder(admitted(queue, first), now))).toEqual(ids(order.slice(1)));
      const { concurrentMax } = queue.limits;
      const chosen = admissions(queue, new Set(), now).map(({ entry }) => entry.id);
      expect(chosen).toEqual(ids(byModel(queue)).slice(0, concurrentMax));
    });
  });

  test('does not change for those who wait when runs of others end', () => {
    always((queue) => {
      const waiting = new Set(queue.entries.map(({ userId }) => userId));
      const ended = new Map([...queue.heldByUser].filter(([userId]) => waiting.has(userId)));
      const after = admissionOrder({ ...queue, heldByUser: ended }, now);
      expect(ids(after)).toEqual(ids(admissionOrder(queue, now)));
    });
  });

  test('lets nobody pass who has not waited himself for what the ageing asks', () => {
    always((queue) => {
      const held = new Map(queue.heldByUser);
      const passed: QueueEntry[] = [];
      for (const entry of byModel(queue)) {
        const share = held.get(entry.userId) ?? 0;
        const own = priorities.indexOf(entry.priority) + 1;
        const enough = (now - entry.createdAt) / (share + 1) - own * ageingMs;
        for (const before of passed)
          if (before.userId !== entry.userId) expect(now - before.createdAt).toBeGreaterThan(enough);
        held.set(entry.userId, share + 1);
        passed.push(entry);
      }
    });
  });

  test('of one user is by priority and age alone, however many slots that user holds', () => {
    always((queue) => {
      const order = byModel(queue);
      order.forEach((entry, index) => {
        const own = priorities.indexOf(entry.priority) + 1;
        for (const before of order.slice(0, index)) {
          if (before.userId !== entry.userId) continue;
          expect(before.createdAt - entry.createdAt).toBeLessThan(own * ageingMs);
        }
      });
    });
  });

  test('gives the next slot to a user who holds none, however many of another came minutes before', () => {
    const entries = Array.from({ length: 200 }, (_, index) => run(`flood-${index}`, 'flood', 15));
    const late = run('late', 'late', 0);
    const limits = { concurrentMax: 20, concurrentPerUserMax: 20, concurrentByUser: new Map() };
    const queue = { entries: [...entries, late], heldByUser: new Map([['flood', 16]]), limits };
    expect(admissionOrder(queue, now)[0]?.id).toBe('late');
  });

  test('keeps the age of a run whose first attempt the platform lost', () => {
    const fresh = run('fresh', 'b', 1);
    const again = { ...run('again', 'a', 2), queuedAt: now, attempt: 2 };
    const limits = { concurrentMax: 1, concurrentPerUserMax: 1, concurrentByUser: new Map() };
    const order = admissionOrder({ entries: [fresh, again], heldByUser: new Map(), limits }, now);
    expect(ids(order)).toEqual(['again', 'fresh']);
  });
});

describe('two schedulers at once', () => {
  const step = fc.record({
    who: fc.constantFrom('one' as const, 'two' as const),
    does: fc.constantFrom('reads', 'admits', 'admits', 'frees'),
    which: fc.nat(20),
  });

  test('never exceed the limit of all, whatever each knows, nor a limit lowered while more was held', () => {
    const slots = fc.uniqueArray(fc.integer({ min: 1, max: 9 }), { maxLength: 9 });
    fc.assert(
      fc.property(
        slots,
        fc.integer({ min: 1, max: 6 }),
        fc.array(step, { maxLength: 80 }),
        (begun, max, steps) => {
          const held = new Set(begun);
          const known = { one: new Set(held), two: new Set(held) };
          const entries = Array.from({ length: 20 }, (_, index) => run(`run-${index}`, `u${index}`, 0));
          const limits = { concurrentMax: max, concurrentPerUserMax: 1, concurrentByUser: new Map() };
          for (const { who, does, which } of steps) {
            if (does === 'reads') known[who] = new Set(held);
            if (does === 'frees') held.delete([...held][which % Math.max(1, held.size)] ?? 0);
            if (does !== 'admits') continue;
            const view = known[who];
            const slot = admissions({ entries, heldByUser: new Map(), limits }, view, now)[0]?.slot;
            if (slot === undefined) continue;
            view.add(slot);
            if (held.has(slot)) continue;
            held.add(slot);
            expect(held.size).toBeLessThanOrEqual(max);
          }
        },
      ),
      { seed: 20_252, numRuns: 2_000 },
    );
  });
});

const run = (id: string, userId: string, minutes: number): QueueEntry => ({
  id,
  userId,
  priority: 'normal',
  createdAt: now - minutes * ageingMs,
  queuedAt: now - minutes * ageingMs,
  attempt: 1,
});
