import { describe, expect, test } from 'bun:test';
import { createFaults, type FaultMix, noFaults } from './faults.ts';
import { createProcess, type ProcessWorld } from './process.ts';
import { createRandom } from './random.ts';
import { createTrace } from './trace.ts';
import { createVirtualTime } from './virtual-time.ts';
import { copy, fix } from './world/copy.ts';

function worldWith(faults: Partial<FaultMix>) {
  const time = createVirtualTime();
  const mistakes: unknown[] = [];
  const world: ProcessWorld = {
    time,
    trace: createTrace(time.now, false),
    faults: createFaults({ ...noFaults, ...faults }),
    random: createRandom(7),
    mistaken: (error) => mistakes.push(error),
  };
  const rest = (): void => time.run(() => false);
  return { world, process: createProcess('p', world), rest, mistakes };
}

describe('a simulated process', () => {
  test('hears the answer of its call, after a while', () => {
    const { world, process, rest } = worldWith({});
    const heard: unknown[] = [];
    void process.call('store', 'load', (x: number) => x + 1, 1).then((answer) => heard.push(answer));
    expect(heard).toEqual([]);
    rest();
    expect(heard).toEqual([2]);
    expect(world.time.now()).toBeGreaterThan(0);
  });

  test('hears nothing once it is dead, though what it had sent arrives', () => {
    const { process, rest } = worldWith({});
    let done = 0;
    let heard = 0;
    void process.call('store', 'commit', () => ++done).finally(() => heard++);
    process.clock.after(10, () => heard++);
    process.kill('test');
    rest();
    expect([done, heard]).toEqual([1, 0]);
    expect(process.alive()).toBe(false);
  });

  test('that dies before a call never made it', () => {
    const { process, rest } = worldWith({ death: 1 });
    let done = 0;
    void process.call('store', 'commit', () => ++done);
    rest();
    expect([done, process.alive()]).toEqual([0, false]);
  });

  test('may be told of a failure though it was done', async () => {
    const { process, rest } = worldWith({ deniedAfterwards: 1 });
    let done = 0;
    const call = process.call('store', 'commit', () => ++done);
    const told = call.then(
      () => 'answered',
      (error: { kind?: string }) => error.kind,
    );
    rest();
    expect(await told).toBe('unavailable');
    expect(done).toBe(1);
  });

  test('may see its call take effect after it was told of a failure', () => {
    const { process, rest } = worldWith({ lateEffect: 1 });
    const order: string[] = [];
    process.call('store', 'commit', () => void order.push('effect')).catch(() => order.push('failure'));
    rest();
    expect(order).toEqual(['failure', 'effect']);
  });

  test('does nothing while it stalls', () => {
    const { world, process, rest } = worldWith({ stall: 1 });
    let firedAt = 0;
    process.clock.after(100, () => {
      firedAt = world.time.now();
    });
    void process.call('store', 'load', () => undefined);
    rest();
    expect(firedAt).toBeGreaterThanOrEqual(2_000);
  });

  test('is not blamed for an error of the world itself', () => {
    const { process, rest, mistakes } = worldWith({});
    const broken = (): never => {
      throw new TypeError('broken');
    };
    const refused = process.call<[], void>('store', 'load', broken);
    void Promise.allSettled([refused]);
    rest();
    expect(mistakes).toHaveLength(1);
  });
});

describe('what crosses a port', () => {
  test('is copied, bytes as bytes', () => {
    const given = { bytes: new Uint8Array([1, 2]), list: [{ a: 1 }], absent: undefined };
    const taken = copy(given);
    expect<object>(taken).toEqual({ bytes: new Uint8Array([1, 2]), list: [{ a: 1 }] });
    expect(taken.bytes).not.toBe(given.bytes);
    expect(taken.list[0]).not.toBe(given.list[0]);
    expect(Object.hasOwn(taken, 'absent')).toBe(false);
  });

  test('is the same each time once it is fixed, and nobody can change it', () => {
    const given = { list: [{ a: 1 }] };
    const kept = fix(given);
    given.list[0] = { a: 2 };
    expect(copy(kept)).toBe(kept);
    expect(copy({ kept }).kept).toBe(kept);
    expect(() => kept.list.push({ a: 3 })).toThrow(TypeError);
    expect(kept).toEqual({ list: [{ a: 1 }] });
  });

  test('is copied all the same when somebody else froze it: what is inside might still change', () => {
    const frozen = Object.freeze({ list: [1] });
    expect(copy(frozen).list).not.toBe(frozen.list);
  });

  test('must be what JSON can carry', () => {
    for (const value of [() => 1, new Map(), Number.NaN, new Date(0), 1n])
      expect(() => copy({ value })).toThrow(TypeError);
  });
});

test('whatever is due waits as much longer as everybody slept, and in the same order', () => {
  const time = createVirtualTime();
  const done: [string, number][] = [];
  time.after(10, () => done.push(['first', time.now()]));
  time.after(10, () => done.push(['second', time.now()]));
  time.after(5, () => time.sleep(1_000));
  time.after(7, () => done.push(['soonest', time.now()]));
  time.run(() => false);
  expect(done).toEqual([
    ['soonest', 1_007],
    ['first', 1_010],
    ['second', 1_010],
  ]);
});

test('one more draw of a component shifts no other', () => {
  const first = createRandom(3);
  const second = createRandom(3);
  first.split('a').next();
  first.next();
  expect(first.split('b').next()).toBe(second.split('b').next());
  expect(createRandom(3).next()).not.toBe(createRandom(4).next());
});
