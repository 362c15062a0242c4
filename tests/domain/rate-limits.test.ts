// The limit algorithms where rules change under them; what they promise in general is in the limiter's contract.
import { expect, test } from 'bun:test';
import {
  type LimitRule,
  type LimitState,
  limitAlgorithms,
  peekLimit,
  takeLimit,
} from '#src/domain/rate-limits.ts';

const rule: LimitRule = { requests: 5, windowMs: 10_000, algorithm: 'sliding_window', burstMultiplier: 1 };

function takeMany(
  of: LimitRule,
  count: number,
  now: number,
  from: LimitState | null = null,
): LimitState | null {
  let state = from;
  for (let index = 0; index < count; index += 1) state = takeLimit(of, state, now).state ?? state;
  return state;
}

test('a stricter rule counts what was let through before it', () => {
  const state = takeMany(rule, 5, 20_000);
  const stricter = { ...rule, requests: 2 };
  expect(peekLimit(stricter, state, 25_000)).toMatchObject({
    allowed: false,
    remaining: 0,
    retryAfterMs: 5_000,
  });
  expect(peekLimit(stricter, state, 30_000)).toMatchObject({ allowed: true, remaining: 2 });
});

test('a looser rule lets more through at once', () => {
  const state = takeMany(rule, 5, 20_000);
  expect(peekLimit({ ...rule, requests: 8 }, state, 20_000)).toMatchObject({ allowed: true, remaining: 3 });
});

test('another algorithm begins anew', () => {
  for (const algorithm of limitAlgorithms) {
    const state = takeMany(rule, 5, 20_000);
    const allowed = peekLimit({ ...rule, algorithm }, state, 20_000).allowed;
    expect(allowed).toBe(algorithm !== 'sliding_window');
  }
});

test('a state survives JSON', () => {
  for (const algorithm of limitAlgorithms) {
    const of = { ...rule, algorithm, burstMultiplier: 1.5 };
    const state = takeMany(of, 3, 20_000);
    const copy: LimitState | null = JSON.parse(JSON.stringify(state));
    expect(peekLimit(of, copy, 21_234)).toEqual(peekLimit(of, state, 21_234));
  }
});

test('over a long time no algorithm lets more through than its rate and its burst', () => {
  const windows = 20;
  for (const algorithm of limitAlgorithms) {
    const of = { ...rule, algorithm, burstMultiplier: 2 };
    let state: LimitState | null = null;
    let passed = 0;
    for (let now = 0; now < windows * of.windowMs; now += 97) {
      const taken = takeLimit(of, state, now);
      if (taken.decision.allowed) passed += 1;
      state = taken.state ?? state;
    }
    expect(passed).toBeLessThanOrEqual(of.requests * windows + of.requests * of.burstMultiplier);
    expect(passed).toBeGreaterThanOrEqual(of.requests * windows - of.requests);
  }
});
