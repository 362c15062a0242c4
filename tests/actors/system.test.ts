import { describe, expect, test } from 'bun:test';
import type { RoleFailure } from '#actors/supervision.ts';
import { createSystem } from '#actors/system.ts';
import { aborted } from '#actors/waiting.ts';
import { type ProcessReport, processesCollection } from '#src/domain/fleet.ts';
import { type RoleName, roleNames } from '#src/domain/roles.ts';
import type { Pods } from '#src/ports/pods.ts';
import type { Ports } from '#src/ports/ports.ts';
import { memoryWorld } from './memory-ports.ts';
import { acceptance, message } from './runs.ts';
import { portsOf, settings } from './settings.ts';

const some: RoleName[] = ['api', 'dlq-processor', 'saga-orchestrator'];

/** A cluster without a pod, whose watch stays open until it is aborted. */
const noPods: Pods = {
  runtimes: async () => [],
  warm: async () => [],
  claim: async () => 'gone',
  create: () => Promise.reject(new Error('no pod can be made here')),
  get: async () => null,
  find: async () => null,
  list: async () => [],
  watch: (_, signal) => aborted(signal),
  attach: () => Promise.reject(new Error('there is no pod')),
  delete: async () => undefined,
};

function process(roles: readonly RoleName[] = some, more: (story: string[]) => Partial<Ports> = () => ({})) {
  const world = memoryWorld();
  const story: string[] = [];
  const failures: RoleFailure[] = [];
  const subscribe = world.bus.subscribe;
  world.bus.subscribe = (subscription) => {
    story.push(`subscribed ${subscription.group}`);
    return subscribe(subscription);
  };
  const httpServer = {
    async start() {
      story.push('listens');
      return { url: 'http://localhost' };
    },
    async stop() {
      story.push('stops listening');
    },
  };
  const ports = portsOf(world, { httpServer, ...more(story) });
  const system = createSystem({ roles, ports, settings, onFailure: (failure) => failures.push(failure) });
  return { world, story, failures, system };
}

describe('a process', () => {
  test('subscribes its consumers before it listens, and is ready only then', async () => {
    const { system, story } = process();
    expect(system.ready()).toEqual({ 'saga-orchestrator': false, 'dlq-processor': false, api: false });
    await system.start();
    const groups = ['saga-orchestrator', 'account-removal', 'dlq-processor'];
    expect(story).toEqual([...groups.map((group) => `subscribed ${group}`), 'listens']);
    expect(system.ready()).toEqual({ 'saga-orchestrator': true, 'dlq-processor': true, api: true });
    await system.drain();
  });

  test('stops listening first and is not ready from the beginning of its drain', async () => {
    const stopping = Promise.withResolvers<void>();
    const { system, story } = process(some, (told) => ({
      httpServer: {
        start: async () => ({ url: 'http://localhost' }),
        async stop() {
          await stopping.promise;
          told.push('stops listening');
        },
      },
    }));
    await system.start();
    const drained = system.drain().then(() => story.push('drained'));
    expect(system.ready().api).toBe(false);
    stopping.resolve();
    await drained;
    expect(story.slice(-2)).toEqual(['stops listening', 'drained']);
    expect(Object.values(system.ready())).toEqual([false, false, false]);
  });

  test('carries a run from acceptance through what it hears to its admission and on', async () => {
    const { system, world } = process();
    await system.start();
    await system.sagas.start(acceptance('run-1'));
    await world.clock.settle();
    expect(world.stored.get('execution/run-1')?.state).toBe('starting');
    const payload = { execution_id: 'run-1', attempt: 1, pod_name: 'p', container_statuses: [] };
    await world.bus.publish([message('pod_running', 'run-1', payload)]);
    await world.clock.settle();
    expect(world.stored.get('execution/run-1')?.state).toBe('running');
    expect(world.published.at(-1)?.type).toBe('execution_running');
    await system.drain();
  });

  test('admits nobody any more while it drains', async () => {
    const stopping = Promise.withResolvers<void>();
    const { system, world } = process(some, () => ({
      httpServer: { start: async () => ({ url: '' }), stop: () => stopping.promise },
    }));
    await system.start();
    const drained = system.drain();
    await system.sagas.start(acceptance('run-1'));
    await world.clock.settle();
    expect(world.stored.get('execution/run-1')?.state).toBe('queued');
    stopping.resolve();
    await drained;
  });

  test('beats every five seconds in one document, which is gone after its drain', async () => {
    const { system, world } = process();
    await system.start();
    const processes = world.documents.collection<ProcessReport>(processesCollection);
    await world.clock.advance(11_000);
    const stored = await processes.get(settings.process);
    expect(stored?.version).toBe(3);
    expect(stored?.body).toMatchObject({ process: 'process-1', versions: { execution: 1 }, inFlight: 0 });
    expect(stored?.body.roles.map(({ role, state }) => [role, state])).toEqual([
      ['saga-orchestrator', 'running'],
      ['dlq-processor', 'running'],
      ['api', 'running'],
    ]);
    await system.drain();
    expect(await processes.get(settings.process)).toBeNull();
  });

  test('leaves nothing behind after its drain: no wait, no subscriber', async () => {
    const { system, world } = process();
    await system.start();
    await system.sagas.start(acceptance('run-1'));
    await world.clock.advance(3_000);
    await system.drain();
    expect([world.clock.waiting(), world.liveFeed.subscribers()]).toEqual([0, 0]);
  });

  test('ends with one role when a child of it keeps failing', async () => {
    const { system, world, failures } = process(['api'], () => ({
      httpServer: {
        start: () => Promise.reject(new Error('the port is taken')),
        stop: async () => undefined,
      },
    }));
    const started = system.start();
    await world.clock.advance(30_000);
    await started;
    expect(failures).toEqual([{ role: 'api', child: 'http', words: 'the port is taken' }]);
    await system.drain();
  });

  test('of all roles goes on without one that is not vital, and tries it again after a while', async () => {
    let tries = 0;
    const { system, world, failures } = process(roleNames, () => ({ pods: noPods }));
    const subscribe = world.bus.subscribe;
    world.bus.subscribe = (subscription) => {
      if (subscription.group !== 'dlq-processor') return subscribe(subscription);
      tries += 1;
      return tries <= 6 ? Promise.reject(new Error('broken')) : subscribe(subscription);
    };
    const started = system.start();
    await world.clock.advance(20_000);
    await started;
    expect([failures, tries, system.ready()['dlq-processor'], system.ready().api]).toEqual([
      [],
      6,
      false,
      true,
    ]);
    const reports = await system.status();
    expect(reports.find(({ role }) => role === 'dlq-processor')?.state).toBe('failed');
    await world.clock.advance(30_000);
    expect([tries, system.ready()['dlq-processor']]).toEqual([7, true]);
    const drained = system.drain();
    await world.clock.advance(60_000);
    await drained;
  });

  test('of all roles ends when a vital one fails', async () => {
    const { system, world, failures } = process(roleNames, () => ({
      pods: noPods,
      httpServer: {
        start: () => Promise.reject(new Error('the port is taken')),
        stop: async () => undefined,
      },
    }));
    const started = system.start();
    await world.clock.advance(30_000);
    await started;
    expect(failures.map(({ role }) => role)).toEqual(['api']);
    const drained = system.drain();
    await world.clock.advance(60_000);
    await drained;
  });
});
