import { describe, expect, test } from 'bun:test';
import { type AnyActorRef, createActor, fromPromise, SimulatedClock, setup } from 'xstate';
import type { RoleInput } from '#machines/role/context.ts';
import { roleMachine } from '#machines/role/machine.ts';

interface Host {
  actor: ReturnType<typeof roleActor>;
  clock: SimulatedClock;
  log: string[];
  /** Ends the child's present life as it is told. */
  fail(name: string, words: string): Promise<void>;
  finish(name: string): Promise<void>;
  ready(name: string): void;
}

interface Life {
  parent: AnyActorRef;
  reject(error: Error): void;
  resolve(): void;
}

function roleActor(input: RoleInput, clock: SimulatedClock, lives: Map<string, Life>, log: string[]) {
  const run = fromPromise<void, { name: string; parent: AnyActorRef }>(
    ({ input: { name, parent } }) =>
      new Promise((resolve, reject) => {
        log.push(`start ${name}`);
        lives.set(name, { parent, resolve, reject });
      }),
  );
  interface ChildTypes {
    events?: { type: 'DRAIN' };
    input?: { name: string };
    context?: { name: string };
  }
  const childTypes: ChildTypes = {};
  const child = setup({ types: childTypes, actors: { run } }).createMachine({
    context: ({ input: { name } }) => ({ name }),
    initial: 'alive',
    states: {
      alive: {
        invoke: {
          src: 'run',
          input: ({ context, self }) => ({ name: context.name, parent: self._parent ?? self }),
          onDone: 'over',
        },
        on: { DRAIN: { actions: ({ context }) => log.push(`drain ${context.name}`) } },
      },
      over: { type: 'final' },
    },
  });
  return createActor(roleMachine.provide({ actors: { child } }), { input, clock });
}

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

function host(overrides: Partial<RoleInput> = {}): Host {
  const clock = new SimulatedClock();
  const lives = new Map<string, Life>();
  const log: string[] = [];
  const input: RoleInput = {
    names: ['relay', 'timers', 'intake'],
    restartMax: 2,
    windowMs: 60_000,
    backoffMs: 100,
    backoffMaxMs: 1_000,
    drainMs: 5_000,
    now: () => clock.now(),
    ...overrides,
  };
  const actor = roleActor(input, clock, lives, log);
  actor.start();
  const life = (name: string): Life => {
    const found = lives.get(name);
    if (found === undefined) throw new Error(`${name} was never started`);
    return found;
  };
  return {
    actor,
    clock,
    log,
    async fail(name, words) {
      life(name).reject(new Error(words));
      await settle();
    },
    async finish(name) {
      life(name).resolve();
      await settle();
    },
    ready(name) {
      actor.send({ type: 'CHILD_READY', name });
    },
  };
}

function running(overrides: Partial<RoleInput> = {}): Host {
  const role = host(overrides);
  for (const name of ['relay', 'timers', 'intake']) role.ready(name);
  return role;
}

const state = ({ actor }: Host) => actor.getSnapshot().value;
const child = ({ actor }: Host, name: string) => actor.getSnapshot().context.children[name];

describe('a role', () => {
  test('starts its children in order and runs once every one is ready', () => {
    const role = host();
    expect(role.log).toEqual(['start relay', 'start timers', 'start intake']);
    role.ready('relay');
    role.ready('intake');
    expect(state(role)).toBe('booting');
    role.ready('timers');
    expect(state(role)).toBe('running');
  });

  test('restarts a failed child after a pause that doubles', async () => {
    const role = running();
    await role.fail('timers', 'no clock');
    expect(child(role, 'timers')).toMatchObject({ status: 'restarting', restarts: 1 });
    role.clock.increment(99);
    expect(role.log).toHaveLength(3);
    role.clock.increment(1);
    expect(role.log.at(-1)).toBe('start timers');
    expect(child(role, 'timers')?.status).toBe('starting');
    await role.fail('timers', 'no clock');
    role.clock.increment(199);
    expect(role.log).toHaveLength(4);
    role.clock.increment(1);
    expect(role.log).toHaveLength(5);
    role.ready('timers');
    expect(child(role, 'timers')).toMatchObject({ status: 'ready', restarts: 2, since: 300 });
  });

  test('a pause never exceeds the largest', async () => {
    const role = running({ restartMax: 9, backoffMaxMs: 150 });
    await role.fail('relay', 'x');
    role.clock.increment(100);
    await role.fail('relay', 'x');
    role.clock.increment(150);
    expect(role.log.filter((line) => line === 'start relay')).toHaveLength(3);
  });

  test('a child that ends unasked is restarted as well', async () => {
    const role = running();
    await role.finish('intake');
    expect(child(role, 'intake')).toMatchObject({ status: 'restarting', restarts: 1 });
  });

  test('a child that fails too often within the window fails its role, which says which and how', async () => {
    const role = running();
    for (const pauseMs of [100, 200]) {
      await role.fail('relay', 'broken pipe');
      role.clock.increment(pauseMs);
    }
    await role.fail('relay', 'broken pipe');
    expect(state(role)).toBe('failed');
    expect(role.actor.getSnapshot().output).toEqual({ failed: { name: 'relay', words: 'broken pipe' } });
    expect(child(role, 'timers')?.status).toBe('stopped');
  });

  test('failures that are further apart than the window are forgiven', async () => {
    const role = running({ restartMax: 1, windowMs: 1_000 });
    for (let round = 0; round < 5; round += 1) {
      await role.fail('relay', 'now and then');
      role.clock.increment(1_000);
    }
    expect(state(role)).toBe('running');
    expect(child(role, 'relay')?.restarts).toBe(5);
  });

  test('drains its children one after another, the last started first', async () => {
    const role = running();
    role.actor.send({ type: 'DRAIN' });
    expect(role.log.slice(3)).toEqual(['drain intake']);
    await role.finish('intake');
    await role.finish('timers');
    expect(role.log.slice(3)).toEqual(['drain intake', 'drain timers', 'drain relay']);
    expect(state(role)).toBe('draining');
    await role.finish('relay');
    expect(state(role)).toBe('stopped');
    expect(role.actor.getSnapshot().output).toEqual({ failed: null });
  });

  test('a drain forgets a restart that is due later, and takes a failure for an end', async () => {
    const role = running();
    await role.fail('intake', 'gone');
    role.actor.send({ type: 'DRAIN' });
    role.clock.increment(100);
    expect(role.log.slice(3)).toEqual(['drain timers']);
    await role.fail('timers', 'could not finish');
    await role.finish('relay');
    expect(state(role)).toBe('stopped');
  });

  test('a child that does not drain in time is stopped', () => {
    const role = running();
    role.actor.send({ type: 'DRAIN' });
    role.clock.increment(4_999);
    expect(state(role)).toBe('draining');
    role.clock.increment(1);
    expect(state(role)).toBe('stopped');
    expect(child(role, 'relay')?.status).toBe('stopped');
  });

  test('a role without provided logic fails instead of pretending to run', () => {
    const clock = new SimulatedClock();
    const actor = createActor(roleMachine, {
      clock,
      input: {
        names: ['a'],
        restartMax: 0,
        windowMs: 1,
        backoffMs: 1,
        backoffMaxMs: 1,
        drainMs: 1,
        now: () => 0,
      },
    });
    actor.start();
    expect(actor.getSnapshot().output?.failed?.words).toContain('no logic was provided');
  });
});
