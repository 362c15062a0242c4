import { describe, expect, test } from 'bun:test';
import { labels } from '#src/adapters/kubernetes/names.ts';
import type { PodObject } from '#src/adapters/kubernetes/objects.ts';
import { isReady, planWarm, type WarmWish } from '#src/adapters/kubernetes/warm-plan.ts';

const kind = { language: 'python', version: '3.11', template: 't1' };
const wish: WarmWish = { kind, target: 2, surge: 3 };
const now = Date.UTC(2026, 10, 25, 10);

let count = 0;
const pod = (
  state: string,
  phase: string,
  changes: { ageMs?: number; template?: string; terminating?: true } = {},
): PodObject => {
  count += 1;
  const { ageMs = 1_000, template = 't1', terminating } = changes;
  return {
    metadata: {
      name: `p${count}`,
      uid: `${count}`,
      creationTimestamp: new Date(now - ageMs).toISOString(),
      ...(terminating && { deletionTimestamp: new Date(now).toISOString() }),
      labels: {
        [labels.state]: state,
        [labels.language]: 'python',
        [labels.version]: '3.11',
        [labels.template]: template,
      },
    },
    status: { phase },
  };
};
const namesOf = (pods: readonly PodObject[]): (string | undefined)[] =>
  pods.map(({ metadata }) => metadata?.name);

describe('the plan of the warm pool', () => {
  test('makes what is missing, and counts what is still starting', () => {
    expect(planWarm(wish, [], now)).toEqual({ create: 2, remove: [], failed: 0, words: null });
    expect(planWarm(wish, [pod('warm', 'Running'), pod('warm', 'Pending')], now).create).toBe(0);
    expect(planWarm(wish, [pod('warm', 'Running')], now).create).toBe(1);
  });

  test('keeps more while more scripts run, up to the bound', () => {
    const running = Array.from({ length: 4 }, () => pod('taken', 'Running'));
    const warm = [pod('warm', 'Running'), pod('warm', 'Running')];
    expect(planWarm(wish, [...running, ...warm], now).create).toBe(2);
    const many = Array.from({ length: 50 }, () => pod('taken', 'Running'));
    expect(
      planWarm(wish, [...many, ...warm, pod('warm', 'Running'), pod('warm', 'Running')], now).create,
    ).toBe(1);
    const ended = Array.from({ length: 50 }, () => pod('taken', 'Succeeded'));
    expect(planWarm(wish, [...ended, ...warm], now).create).toBe(0);
  });

  test('starts only a few at a time', () => {
    const many = Array.from({ length: 50 }, () => pod('taken', 'Running'));
    expect(planWarm(wish, many, now).create).toBe(3);
    expect(planWarm(wish, [...many, pod('warm', 'Pending'), pod('warm', 'Pending')], now).create).toBe(1);
  });

  test('leaves the way free for pods of runs', () => {
    const waiting = Array.from({ length: 3 }, () => pod('taken', 'Pending'));
    expect(planWarm(wish, waiting, now).create).toBe(0);
    expect(planWarm(wish, waiting.slice(1), now).create).toBe(1);
  });

  test('makes no endless row of pods that do not start', () => {
    const stuck = [pod('warm', 'Pending'), pod('warm', 'Pending')];
    expect(planWarm(wish, stuck, now)).toMatchObject({ create: 0, remove: [], failed: 0 });
    const old = [pod('warm', 'Pending', { ageMs: 301_000 }), pod('warm', 'Failed')];
    const plan = planWarm(wish, old, now);
    expect(plan.failed).toBe(2);
    expect(namesOf(plan.remove)).toEqual(namesOf(old));
  });

  test('takes away what is too much, the youngest first, and never what is claimed', () => {
    const warm = [9_000, 8_000, 7_000, 6_000, 5_000, 4_000, 3_000].map((ageMs) =>
      pod('warm', 'Running', { ageMs }),
    );
    const plan = planWarm(wish, [pod('taken', 'Running'), ...warm], now);
    expect(namesOf(plan.remove)).toEqual(namesOf(warm.slice(5)));
    expect(plan.create).toBe(0);
  });

  test('keeps none that nobody asks for', () => {
    const warm = [pod('warm', 'Running')];
    expect(namesOf(planWarm({ ...wish, target: 0 }, warm, now).remove)).toEqual(namesOf(warm));
    expect(planWarm({ ...wish, target: 0 }, [], now).create).toBe(0);
  });

  test('leaves those of other makers to them', () => {
    const others = [pod('warm', 'Failed', { template: 't2' }), pod('warm', 'Running', { template: 't2' })];
    expect(planWarm(wish, others, now)).toMatchObject({ create: 2, remove: [] });
  });

  test('offers only what runs, is warm, stays, and is of the same make', () => {
    expect(isReady(kind, pod('warm', 'Running'))).toBe(true);
    expect(isReady(kind, pod('warm', 'Pending'))).toBe(false);
    expect(isReady(kind, pod('taken', 'Running'))).toBe(false);
    expect(isReady(kind, pod('warm', 'Running', { terminating: true }))).toBe(false);
    expect(isReady(kind, pod('warm', 'Running', { template: 't2' }))).toBe(false);
  });
});
