import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { afterLook, expired, openAdmission, silenceMs } from '#actors/saga-orchestrator/admission.ts';
import { priorities } from '#src/domain/execution.ts';
import {
  admissionOrder,
  admissions,
  ageingMs,
  openMs,
  type Queue,
  type QueueEntry,
} from '#src/domain/queue.ts';

const now = 10_000_000;
const entry = (id: string, more: Partial<QueueEntry> = {}): QueueEntry => ({
  id,
  userId: 'u',
  priority: 'normal',
  createdAt: more.queuedAt ?? now,
  queuedAt: now,
  attempt: 1,
  ...more,
});
const queue = (entries: QueueEntry[], held: [string, number][] = [], perUser = 100, max = 100): Queue => ({
  entries,
  heldByUser: new Map(held),
  limits: { concurrentMax: max, concurrentPerUserMax: perUser, concurrentByUser: new Map() },
});
const ids = (entries: QueueEntry[]): string[] => entries.map(({ id }) => id);

const anyEntry = fc.record({
  userId: fc.constantFrom('a', 'b', 'c', 'd'),
  priority: fc.constantFrom(...priorities),
  queuedAt: fc.integer({ min: now - 20 * ageingMs, max: now }),
});
const anyQueue = fc
  .record({
    entries: fc.array(anyEntry, { maxLength: 30 }),
    held: fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.integer({ min: 0, max: 5 }))),
    perUser: fc.integer({ min: 1, max: 6 }),
    max: fc.integer({ min: 1, max: 12 }),
  })
  .map(({ entries, held, perUser, max }) =>
    queue(
      entries.map((given, index) => entry(`e${index}`, given)),
      held,
      perUser,
      max,
    ),
  );
const anyTaken = fc
  .uniqueArray(fc.integer({ min: 1, max: 14 }), { maxLength: 12 })
  .map((slots) => new Set(slots));

describe('the order of the queue', () => {
  test('is by priority, then by the fewest slots of the user, then by age', () => {
    const entries = [
      entry('late', { queuedAt: now - 1 }),
      entry('old', { queuedAt: now - 2 }),
      entry('poor', { userId: 'v', queuedAt: now }),
      entry('urgent', { priority: 'critical', userId: 'w' }),
    ];
    expect(ids(admissionOrder(queue(entries, [['u', 1]]), now))).toEqual(['urgent', 'poor', 'old', 'late']);
  });

  test('takes turns among users who hold alike', () => {
    const entries = ['a1', 'a2', 'a3', 'b1', 'b2'].map((id, index) =>
      entry(id, { userId: id.slice(0, 1), queuedAt: now - 100 + index }),
    );
    expect(ids(admissionOrder(queue(entries), now))).toEqual(['a1', 'b1', 'a2', 'b2', 'a3']);
  });

  test('lifts what waits, so that it passes fresher runs of any priority at last', () => {
    const old = entry('old', { priority: 'background', queuedAt: now - 5 * ageingMs });
    const fresh = entry('fresh', { priority: 'critical' });
    expect(ids(admissionOrder(queue([fresh, old], [['u', 3]]), now))).toEqual(['old', 'fresh']);
  });

  test('does not depend on the order in which entries are given', () => {
    fc.assert(
      fc.property(anyQueue, (given) => {
        const turned = { ...given, entries: given.entries.toReversed() };
        expect(admissionOrder(turned, now)).toEqual(admissionOrder(given, now));
      }),
    );
  });

  test('gives everybody one place', () => {
    fc.assert(
      fc.property(anyQueue, (given) => {
        expect(ids(admissionOrder(given, now)).toSorted()).toEqual(ids([...given.entries]).toSorted());
      }),
    );
  });

  test('keeps the runs of one user and one priority in the order of their age', () => {
    fc.assert(
      fc.property(anyQueue, (given) => {
        const order = admissionOrder(given, now);
        order.forEach((later, index) => {
          for (const earlier of order.slice(0, index)) {
            if (earlier.userId !== later.userId || earlier.priority !== later.priority) continue;
            expect(earlier.queuedAt).toBeLessThanOrEqual(later.queuedAt);
          }
        });
      }),
    );
  });
});

describe('admission', () => {
  test('never exceeds the limits, never gives a slot twice, and always the lowest that is free', () => {
    fc.assert(
      fc.property(anyQueue, anyTaken, (given, taken) => {
        const { limits, heldByUser } = given;
        const chosen = admissions(given, taken, now);
        const slots = chosen.map(({ slot }) => slot);
        expect(taken.size + chosen.length).toBeLessThanOrEqual(Math.max(taken.size, limits.concurrentMax));
        expect(slots.some((slot) => taken.has(slot))).toBe(false);
        expect(slots).toEqual([...new Set(slots)].toSorted((a, b) => a - b));
        const lowest = Array.from({ length: 40 }, (_, i) => i + 1).filter((slot) => !taken.has(slot));
        expect(slots).toEqual(lowest.slice(0, slots.length));
        for (const user of new Set(chosen.map(({ entry: { userId } }) => userId))) {
          const more = chosen.filter(({ entry: { userId } }) => userId === user).length;
          expect((heldByUser.get(user) ?? 0) + more).toBeLessThanOrEqual(limits.concurrentPerUserMax);
        }
      }),
    );
  });

  test('leaves no slot free that somebody may have', () => {
    fc.assert(
      fc.property(anyQueue, anyTaken, (given, taken) => {
        const chosen = admissions(given, taken, now);
        if (taken.size + chosen.length >= given.limits.concurrentMax) return;
        const admitted = new Set(chosen.map(({ entry: { id } }) => id));
        for (const { id, userId } of given.entries) {
          if (admitted.has(id)) continue;
          const more = chosen.filter((other) => other.entry.userId === userId).length;
          expect((given.heldByUser.get(userId) ?? 0) + more).toBeGreaterThanOrEqual(
            given.limits.concurrentPerUserMax,
          );
        }
      }),
    );
  });

  test('starves nobody: whoever waits long enough is first of all that came later', () => {
    fc.assert(
      fc.property(anyQueue, anyEntry, (given, fresh) => {
        const patient = entry('patient', {
          userId: 'e',
          priority: 'background',
          queuedAt: now - 40 * ageingMs,
        });
        const entries = [...given.entries, entry('fresh', { ...fresh, queuedAt: now }), patient];
        expect(admissionOrder({ ...given, entries }, now)[0]?.id).toBe('patient');
      }),
    );
  });
});

describe('time that counts towards the queue limit', () => {
  test('is all but what closures cover', () => {
    expect(openMs(100, 200, [])).toBe(100);
    expect(openMs(100, 200, [{ from: 50, to: 120 }])).toBe(80);
    expect(openMs(100, 200, [{ from: 150, to: null }])).toBe(50);
    expect(openMs(100, 200, [{ from: 210, to: 300 }])).toBe(100);
    expect(openMs(200, 100, [])).toBe(0);
  });

  test('stands still while admission is paused, and goes on after', () => {
    const waiting = [entry('a', { queuedAt: now })];
    const paused = { by: 'admin', reason: 'repair', at: now + 1_000 };
    let state = afterLook({ ...openAdmission(now), paused }, waiting, now + 1_000);
    for (let at = now + 2_000; at <= now + 60_000; at += 1_000) state = afterLook(state, waiting, at);
    expect(expired(waiting, state.closures, 5_000, now + 60_000)).toEqual([]);
    state = afterLook({ ...state, paused: null }, waiting, now + 61_000);
    expect(state.closures).toEqual([{ from: now + 1_000, to: now + 61_000 }]);
    expect(expired(waiting, state.closures, 5_000, now + 64_999)).toEqual([]);
    expect(expired(waiting, state.closures, 5_000, now + 65_000)).toEqual(waiting);
  });

  test('stands still while nobody looked', () => {
    const waiting = [entry('a', { queuedAt: now + 500 })];
    const before = afterLook(openAdmission(now), waiting, now + 1_000);
    const after = afterLook(before, waiting, now + 600_000);
    expect(after.closures).toEqual([{ from: now + 1_000, to: now + 600_000 }]);
    expect(expired(waiting, after.closures, 5_000, now + 600_000)).toEqual([]);
  });

  test('is not touched by looks at an empty queue, however rare', () => {
    const state = afterLook(openAdmission(now), [], now + 10 * silenceMs);
    expect(state.closures).toEqual([]);
  });

  test('is remembered in at most fifty stretches, of which old ones grow together', () => {
    const waiting = [entry('a', { queuedAt: now })];
    let state = openAdmission(now);
    for (let round = 1; round <= 80; round += 1) {
      state = afterLook(state, waiting, state.lookedAt + 1_000);
      state = afterLook(state, waiting, state.lookedAt + 2 * silenceMs);
    }
    expect(state.closures.length).toBeLessThanOrEqual(51);
    expect(state.closures[0]?.from).toBe(now + 1_000);
  });
});
