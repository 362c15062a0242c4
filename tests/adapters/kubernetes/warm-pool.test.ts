// The pool in the course of time: filled, refilled, never more than its bound, at rest when nothing starts, one keeper at a time.
import { describe, expect, test } from 'bun:test';
import { labels } from '#src/adapters/kubernetes/names.ts';
import type { PodObject } from '#src/adapters/kubernetes/objects.ts';
import { strayPods } from '#src/adapters/kubernetes/stray-pods.ts';
import type { Leases } from '#src/ports/leases.ts';
import { silentLogger } from '#tests/adapters/local/test-clock.ts';
import { until } from '#tests/support/until.ts';
import { quickClock } from './quick-clock.ts';
import { openWorld, spec, type World } from './world.ts';

const warmIn = ({ server }: World): PodObject[] =>
  [...server.pods.values()].filter(({ metadata }) => metadata?.labels?.[labels.state] === 'warm');

describe('the warm pool', () => {
  test('is filled, and refilled when one was claimed', async () => {
    const world = openWorld({ warm: { target: 2, surge: 0 }, clock: quickClock(5) });
    world.warm();
    await until(async () => (await world.pods.warm(spec)).length === 2);
    const [one] = await world.pods.warm(spec);
    expect(await world.pods.claim(one?.uid ?? '', 'a:1', spec)).toBe('claimed');
    // Not offered a second time, however late the news of it comes.
    expect((await world.pods.warm(spec)).map(({ uid }) => uid)).not.toContain(one?.uid);
    await until(async () => (await world.pods.warm(spec)).length === 2);
    expect(world.server.pods.size).toBe(3);
    await world.close();
  });

  test('serves no run of other limits', async () => {
    const world = openWorld({ warm: { target: 1, surge: 0 } });
    world.warm();
    await until(async () => (await world.pods.warm(spec)).length === 1);
    const { limits } = spec;
    expect(await world.pods.warm({ ...spec, limits: { ...limits, memoryBytes: 1 } })).toEqual([]);
    expect(await world.pods.warm({ ...spec, limits: { ...limits, timeoutMs: 1 } })).toHaveLength(1);
    expect(await world.pods.warm({ ...spec, runtime: { language: 'python', version: '3.12' } })).toEqual([]);
    await world.close();
  });

  test('makes a few of what ends at once, says so, and rests', async () => {
    const told: unknown[] = [];
    const logger = { ...silentLogger, error: (fields: object) => void told.push(fields) };
    const world = openWorld({
      warm: { target: 2, surge: 1 },
      clock: quickClock(5),
      logger,
      fake: { starts: false },
    });
    let most = 0;
    world.server.interfere = (request) => {
      most = Math.max(most, warmIn(world).length);
      if (request.method !== 'DELETE') return null;
      return request.json().then(() => {
        world.server.pods.delete(new URL(request.url).pathname.split('/').at(-1) ?? '');
        return Response.json({});
      });
    };
    world.warm();
    await until(() => {
      for (const { metadata, status } of warmIn(world)) {
        const containerStatuses = [
          { name: 'script', state: { terminated: { reason: 'Error', exitCode: 125 } } },
        ];
        if (status?.phase === 'Pending') {
          world.server.setStatus(metadata?.name ?? '', { phase: 'Failed', containerStatuses });
        }
      }
      return told.length > 0;
    });
    expect(told[0]).toMatchObject({ language: 'python', version: '3.11', words: 'Error: exit code 125' });
    expect(most).toBeLessThanOrEqual(3);
    const made = world.server.requests.filter((line) => line.startsWith('POST')).length;
    expect(made).toBeLessThanOrEqual(5);
    await world.close();
  });

  test('is kept by one process at a time', async () => {
    let holder = 'other';
    const leases: Leases = {
      acquire: async (name, who) => (holder === who ? { name, holder, term: 1 } : null),
      release: async () => undefined,
      current: async () => null,
    };
    const world = openWorld({ warm: { target: 2, surge: 0 }, leases, clock: quickClock(20) });
    world.warm();
    await until(() => world.server.requests.some((line) => line.includes('watch=true')));
    expect(warmIn(world)).toEqual([]);
    holder = 'test';
    await until(async () => (await world.pods.warm(spec)).length === 2);
    await world.close();
  });
});

describe('pods that nobody keeps', () => {
  const now = Date.UTC(2026, 10, 25);
  const pod = (state: string, template: string, ageMs: number, phase = 'Running'): PodObject => ({
    metadata: {
      name: `${state}-${template}-${ageMs}`,
      uid: '1',
      creationTimestamp: new Date(now - ageMs).toISOString(),
      labels: {
        [labels.state]: state,
        [labels.template]: template,
        [labels.language]: 'python',
        [labels.version]: '3.11',
      },
    },
    status: { phase },
  });

  test('are warm ones of another make that are not new, and looks that are over', () => {
    const pods = [
      pod('warm', 'ours', 1e9),
      pod('warm', 'old', 61_000),
      pod('warm', 'old', 59_000),
      pod('taken', 'old', 1e9),
      pod('probe', 'old', 60_000),
      pod('probe', 'ours', 60_001, 'Succeeded'),
      pod('probe', 'ours', 901_000),
    ];
    expect(strayPods(pods, new Set(['ours']), now)).toEqual(
      [pods[1], pods[5], pods[6]].map((one) => one ?? {}),
    );
  });
});
