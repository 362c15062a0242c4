// What becomes of a call when the API server refuses, is busy, breaks off, or does not answer at all.
import { describe, expect, test } from 'bun:test';
import { circuit } from '#src/adapters/kubernetes/circuit.ts';
import { domainErrorOf, refusalOf } from '#src/adapters/kubernetes/failures.ts';
import type { PodObject } from '#src/adapters/kubernetes/objects.ts';
import { podDeletion } from '#src/adapters/kubernetes/pod-deletion.ts';
import { until } from '#tests/support/until.ts';
import { handClock, quickClock } from './quick-clock.ts';
import { openWorld, spec, type World } from './world.ts';

const within = (body: (world: World) => Promise<void>) => async (): Promise<void> => {
  const world = openWorld({ clock: quickClock(20) });
  await body(world).finally(world.close);
};

const caught = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => null,
    (error: unknown) => error,
  );

const status = (code: number, headers: Record<string, string> = {}): Response =>
  Response.json({ kind: 'Status', code, message: `no: ${code}` }, { status: code, headers });

/** Answers so for the next so many requests for one pod. */
function answering(world: World, times: number, response: () => Response): void {
  let left = times;
  world.server.interfere = (request) => {
    if (!request.url.includes('/pods/')) return null;
    left -= 1;
    return left >= 0 ? response() : null;
  };
}
const asked = (world: World): number =>
  world.server.requests.filter((line) => line.includes('/pods/')).length;

describe('a call to the API server', () => {
  test(
    'is repeated when the server is busy or breaks, a bounded number of times',
    within(async (world) => {
      answering(world, 2, () => status(503));
      expect(await world.pods.find('none')).toBeNull();
      expect(asked(world)).toBe(3);
      answering(world, 1, () => status(429, { 'retry-after': '1' }));
      expect(await world.pods.find('none')).toBeNull();
      answering(world, 99, () => status(500));
      expect(await caught(world.pods.find('none'))).toMatchObject({ kind: 'unavailable' });
      expect(asked(world)).toBe(8);
    }),
  );

  test(
    'is not repeated when it is refused',
    within(async (world) => {
      answering(world, 99, () => status(403));
      expect(await caught(world.pods.find('none'))).toMatchObject({
        kind: 'forbidden',
        detail: 'kubernetes: 403 no: 403',
      });
      expect(asked(world)).toBe(1);
      answering(world, 99, () => status(429, { 'retry-after': '60' }));
      expect(await caught(world.pods.find('none'))).toMatchObject({ kind: 'unavailable' });
      expect(asked(world)).toBe(2);
    }),
  );

  test(
    'ends in time when the server never answers, and then nobody waits for it any more',
    within(async (world) => {
      const hanging = Promise.withResolvers<void>();
      world.server.interfere = () => hanging.promise.then(() => status(500));
      // Not tried again: it took its time.
      expect(await caught(world.pods.find('none'))).toMatchObject({ kind: 'unavailable' });
      expect(asked(world)).toBe(1);
      await until(async () => (await caught(world.pods.find('none'))) !== null && !world.isUp());
      expect(world.isUp()).toBe(false);
      const before = asked(world);
      await Promise.all(Array.from({ length: 20 }, () => caught(world.pods.find('none'))));
      expect(asked(world) - before).toBeLessThan(20);
      world.server.interfere = () => null;
      hanging.resolve();
      await until(async () => (await caught(world.pods.find('none'))) === null);
      expect(world.isUp()).toBe(true);
    }),
  );

  test('whose answer was lost has been done, and says so when it is repeated', async () => {
    const world = openWorld({ warm: { target: 1, surge: 0 } });
    world.warm();
    await until(async () => (await world.pods.warm(spec)).length > 0);
    const [warm] = await world.pods.warm(spec);
    let isLost = false;
    world.server.interfere = async (request) => {
      if (request.method !== 'PATCH' || isLost) return null;
      isLost = true;
      const done = await fetch(request);
      await done.text();
      return status(504);
    };
    expect(await world.pods.claim(warm?.uid ?? '', 'a:1', spec)).toBe('claimed');
    expect(isLost).toBe(true);
    await world.close();
  });
});

test('another pod of the same name is not the one that is meant', async () => {
  const world = openWorld({ warm: { target: 1, surge: 0 } });
  world.warm();
  await until(async () => (await world.pods.warm(spec)).length > 0);
  const [{ name = '', uid: old = '' } = {}] = await world.pods.warm(spec);
  // Somebody took it away and made another: warm as well, and of that name.
  const pod = world.server.pods.get(name);
  world.server.pods.set(name, { ...pod, metadata: { ...pod?.metadata, uid: '0-1' } });
  expect(await world.pods.get(old)).toBeNull();
  expect(await world.pods.claim(old, 'a:1', spec)).toBe('gone');
  await world.pods.delete(old, { force: true, graceMs: 0 });
  expect(world.server.pods.get(name)?.metadata).toMatchObject({
    uid: '0-1',
    labels: { 'greenroom/state': 'warm' },
  });
  expect(world.server.pods.get(name)?.metadata?.deletionTimestamp).toBeUndefined();
  await world.close();
});

test('a warm pod is not offered while it is being claimed', async () => {
  const world = openWorld({ warm: { target: 1, surge: 0 } });
  world.warm();
  await until(async () => (await world.pods.warm(spec)).length > 0);
  const [{ uid = '' } = {}] = await world.pods.warm(spec);
  const held = Promise.withResolvers<null>();
  world.server.interfere = (request) => (request.method === 'PATCH' ? held.promise : null);
  const claiming = world.pods.claim(uid, 'a:1', spec);
  expect((await world.pods.warm(spec)).map((pod) => pod.uid)).not.toContain(uid);
  held.resolve(null);
  expect(await claiming).toBe('claimed');
  await world.close();
});

describe('the circuit', () => {
  test('lets one caller at a time find out whether the server is back', () => {
    const clock = handClock();
    const breaker = circuit(clock);
    for (let failure = 0; failure < 5; failure += 1) {
      breaker.pass();
      breaker.failed();
    }
    expect(breaker.isUp()).toBe(false);
    expect(breaker.pass).toThrow();
    clock.move(1_000);
    breaker.pass();
    expect(breaker.pass).toThrow();
    breaker.answered();
    breaker.pass();
    expect(breaker.isUp()).toBe(true);
  });
});

describe('a refusal', () => {
  test.each([
    [400, 'validation'],
    [401, 'infrastructure'],
    [403, 'forbidden'],
    [404, 'not_found'],
    [409, 'conflict'],
    [410, 'not_found'],
    [422, 'validation'],
    [429, 'unavailable'],
    [500, 'unavailable'],
    [504, 'unavailable'],
  ])('with code %d is %s', (code, kind) => {
    expect(domainErrorOf(refusalOf(code, 'not even JSON', null))).toMatchObject({ kind });
  });

  test('keeps the server’s words for the log, bounded, and none for whoever asked', () => {
    const error = domainErrorOf(refusalOf(422, JSON.stringify({ message: 'x'.repeat(5_000) }), null));
    expect(error).toMatchObject({ message: 'The cluster does not take such a pod' });
    expect(String((error as { detail: string }).detail).length).toBeLessThan(1_100);
  });
});

describe('a deletion', () => {
  const pod = { name: 'a', uid: '1' };
  const labels = { 'greenroom/language': 'python', 'greenroom/version': '3.11' };
  const showing = (phase: string): PodObject => ({
    metadata: { ...pod, labels },
    spec: { activeDeadlineSeconds: 100 },
    status: { phase },
  });

  function deleting(phase = 'Running') {
    const clock = handClock();
    const graces: number[] = [];
    const requests = {
      delete: async (_pod: object, seconds: number) => {
        graces.push(seconds);
        return showing(phase);
      },
    };
    return { clock, graces, deletion: podDeletion({ requests, clock }) };
  }

  test('leaves the node the time that proves the end of the container', async () => {
    const { clock, graces, deletion } = deleting();
    for (const ms of [0, 60_000, 99_000]) {
      clock.move(ms);
      await deletion.ask(pod, 0);
    }
    await deletion.look([showing('Running')]);
    expect(graces).toEqual([1, 1, 1]);
  });

  test('of a pod that has ended is done at once, and of one that ends meanwhile as soon as that is heard', async () => {
    const over = deleting('Succeeded');
    await over.deletion.ask(pod, 0);
    expect(over.graces).toEqual([1, 0]);

    const ending = deleting();
    await ending.deletion.look([showing('Succeeded')]);
    await ending.deletion.ask(pod, 5_000);
    await ending.deletion.look([showing('Succeeded')]);
    await ending.deletion.look([showing('Succeeded')]);
    expect(ending.graces).toEqual([5, 0]);
  });

  test('of a pod whose node is not heard of takes it off the list once it must have ended by itself', async () => {
    const { clock, graces, deletion } = deleting();
    for (const ms of [0, 161_000]) {
      clock.move(ms);
      await deletion.ask(pod, 0);
    }
    expect(graces).toEqual([1, 1, 0]);
  });
});
