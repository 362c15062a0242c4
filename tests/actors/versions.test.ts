// Processes of two releases on the same records: who writes which version, and what becomes of what an old one cannot read.
import { describe, expect, test } from 'bun:test';
import { consumer, type Handlers } from '#actors/consumer.ts';
import { createKernel } from '#actors/kernel/kernel.ts';
import { sagaOrchestrator } from '#actors/saga-orchestrator/role.ts';
import { createSystem } from '#actors/system.ts';
import { isNewerVersion, newerVersion } from '#src/domain/errors.ts';
import { type ProcessReport, processesCollection } from '#src/domain/fleet.ts';
import { newBinary, oldBinary } from '../machines/next-version.ts';
import { memoryWorld, type World } from './memory-ports.ts';
import { acceptance, message } from './runs.ts';
import { portsOf, settings } from './settings.ts';

const producer = { service: 'saga-orchestrator', serviceVersion: '1' };
const admitted = { type: 'ADMITTED', attempt: 1, slot: 1 };
const created = { type: 'POD_CREATED', attempt: 1, podName: 'pod-1' };

/** The heartbeat of a process that knows this version. */
async function beat(world: World, process: string, version: number): Promise<void> {
  const processes = world.documents.collection<ProcessReport>(processesCollection);
  await processes.remove(process);
  const at = world.clock.now();
  await processes.insert(process, {
    process,
    serviceVersion: '1',
    roles: [],
    runtimes: [],
    versions: { execution: version },
    inFlight: 0,
    lag: 0,
    startedAt: at,
    at,
  });
}

const versionOf = (world: World, id: string): number | undefined =>
  world.stored.get(`execution/${id}`)?.machineVersion;

describe('a process of the next release', () => {
  async function next() {
    const world = memoryWorld();
    const kernel = createKernel(world, producer, newBinary);
    return { world, kernel };
  }

  test('writes the older version until it has looked who is there', async () => {
    const { world, kernel } = await next();
    await beat(world, 'own', 2);
    await kernel.start(acceptance('run-1'));
    await kernel.send('execution', 'run-1', 'admit', admitted);
    expect(versionOf(world, 'run-1')).toBe(1);
  });

  test('writes the newer one, and raises what is older at its next turn, once all know it', async () => {
    const { world, kernel } = await next();
    await kernel.start(acceptance('run-1'));
    await beat(world, 'own', 2);
    await beat(world, 'other', 2);
    await kernel.lookAtFleet();
    await kernel.start(acceptance('run-2'));
    expect([versionOf(world, 'run-1'), versionOf(world, 'run-2')]).toEqual([1, 2]);
    await kernel.send('execution', 'run-1', 'admit', admitted);
    expect(versionOf(world, 'run-1')).toBe(2);
    expect(world.stored.get('execution/run-1')?.snapshot.context.admissions).toBe(1);
  });

  test('writes the older one while somebody does not know the newer', async () => {
    const { world, kernel } = await next();
    await beat(world, 'own', 2);
    await beat(world, 'old', 1);
    await kernel.lookAtFleet();
    await kernel.start(acceptance('run-1'));
    await kernel.send('execution', 'run-1', 'admit', admitted);
    expect(versionOf(world, 'run-1')).toBe(1);
  });

  test('writes the older one while nobody is known, or somebody knows nothing of the machine', async () => {
    const { world, kernel } = await next();
    await kernel.lookAtFleet();
    await kernel.start(acceptance('run-1'));
    await beat(world, 'own', 2);
    await beat(world, 'ancient', 0);
    await kernel.lookAtFleet();
    await kernel.start(acceptance('run-2'));
    expect([versionOf(world, 'run-1'), versionOf(world, 'run-2')]).toEqual([1, 1]);
  });

  test('takes who has been silent for half a minute for gone', async () => {
    const { world, kernel } = await next();
    await beat(world, 'old', 1);
    await world.clock.advance(29_000);
    await beat(world, 'own', 2);
    await kernel.lookAtFleet();
    await kernel.start(acceptance('run-1'));
    await world.clock.advance(2_000);
    await kernel.lookAtFleet();
    await kernel.start(acceptance('run-2'));
    expect([versionOf(world, 'run-1'), versionOf(world, 'run-2')]).toEqual([1, 2]);
  });

  test('believes its last look for fifteen seconds, then writes the older one again', async () => {
    const { world, kernel } = await next();
    await beat(world, 'own', 2);
    await kernel.lookAtFleet();
    world.fail('documents.find', 100);
    await world.clock.advance(15_000);
    expect(await kernel.lookAtFleet().catch(() => 'away')).toBe('away');
    await kernel.start(acceptance('run-1'));
    await world.clock.advance(1_000);
    await kernel.start(acceptance('run-2'));
    expect([versionOf(world, 'run-1'), versionOf(world, 'run-2')]).toEqual([2, 1]);
  });

  test('goes on with the newer version of a record, also when somebody came back who does not know it', async () => {
    const { world, kernel } = await next();
    await beat(world, 'own', 2);
    await kernel.lookAtFleet();
    await kernel.start(acceptance('run-1'));
    await beat(world, 'old', 1);
    await kernel.lookAtFleet();
    await kernel.start(acceptance('run-2'));
    await kernel.send('execution', 'run-1', 'admit', admitted);
    expect([versionOf(world, 'run-1'), versionOf(world, 'run-2')]).toEqual([2, 1]);
  });

  test('looks with each heartbeat', async () => {
    const world = memoryWorld();
    const system = createSystem({
      roles: ['saga-orchestrator'],
      ports: portsOf(world),
      settings,
      machines: newBinary,
      onFailure: () => undefined,
    });
    await beat(world, 'old', 1);
    await system.start();
    await world.clock.advance(6_000);
    await system.sagas.start(acceptance('run-1'));
    await world.documents.collection(processesCollection).remove('old');
    await world.clock.advance(6_000);
    await system.sagas.start(acceptance('run-2'));
    expect([versionOf(world, 'run-1'), versionOf(world, 'run-2')]).toEqual([1, 2]);
    const processes = world.documents.collection<ProcessReport>(processesCollection);
    expect((await processes.get(settings.process))?.body.versions.execution).toBe(2);
    await system.drain();
  });
});

test('a binary without a version before does not look at all', async () => {
  const world = memoryWorld();
  await createKernel(world, producer, oldBinary).lookAtFleet();
  expect(world.calls.get('documents.find') ?? 0).toBe(0);
});

/** Two runs, of which the newer release has written the first, and a process of the older one. */
async function mixed() {
  const world = memoryWorld();
  const newer = createKernel(world, producer, newBinary);
  await beat(world, 'own', 2);
  await newer.lookAtFleet();
  await newer.start(acceptance('newer'));
  await newer.turn({ machine: 'execution', id: 'newer', cause: 'admit', event: admitted });
  const older = createKernel(world, producer, oldBinary);
  await older.start(acceptance('older'));
  await older.turn({ machine: 'execution', id: 'older', cause: 'admit', event: { ...admitted, slot: 2 } });
  await newer.settled();
  await older.settled();
  expect([versionOf(world, 'newer'), versionOf(world, 'older')]).toEqual([2, 1]);
  return { world, newer, older };
}

describe('a process of the older release', () => {
  test('changes nothing of a newer record, and says who could', async () => {
    const { world, older } = await mixed();
    const before = JSON.stringify(world.stored.get('execution/newer'));
    expect(await older.turn({ machine: 'execution', id: 'newer', cause: 'c', event: created })).toEqual({
      kind: 'newer',
    });
    const refused = older.send('execution', 'newer', 'c', created).catch(isNewerVersion);
    expect(await refused).toBe(true);
    expect(JSON.stringify(world.stored.get('execution/newer'))).toBe(before);
  });

  test('passes over the deadlines of newer records without a word, and fires all others', async () => {
    const { world, newer, older } = await mixed();
    const record = world.stored.get('execution/newer');
    if (record === undefined) throw new Error('no such record');
    for (let n = 0; n < 150; n += 1) {
      const copied = { ...structuredClone(record), id: `newer-${n}`, uniques: [] };
      world.stored.set(`execution/newer-${n}`, copied);
    }
    const stop = new AbortController();
    const running = older.timers.run({ signal: stop.signal, ready: () => undefined });
    await world.clock.advance(18_000);
    expect(world.stored.get('execution/older')?.turns.at(-1)?.event.type).toBe('TIMER_FIRED');
    expect(world.stored.get('execution/newer')?.version).toBe(2);
    expect(world.lines.filter(({ level }) => level === 'warn' || level === 'error')).toEqual([]);
    stop.abort();
    await running;
    await older.settled();
    const firing = new AbortController();
    const other = newer.timers.run({ signal: firing.signal, ready: () => undefined });
    await world.clock.advance(2_000);
    expect(world.stored.get('execution/newer')?.turns.at(-1)?.event.type).toBe('TIMER_FIRED');
    firing.abort();
    await other;
  });

  test('leaves a message to a newer process, and takes what lies behind it', async () => {
    const { world, newer, older } = await mixed();
    const stop = new AbortController();
    const inboxOf = (kernel: typeof older) =>
      sagaOrchestrator(kernel, () => true)
        .children(portsOf(world), settings)
        .find(({ name }) => name === 'inbox');
    const oldInbox = inboxOf(older)?.run({ signal: stop.signal, ready: () => undefined });
    await world.clock.settle();
    const pod = { attempt: 1, pod_name: 'pod-1', namespace: 'runs', warm: false };
    for (const id of ['newer', 'older'])
      await world.bus.publish([message('pod_created', id, { ...pod, execution_id: id })]);
    await world.clock.settle();
    expect(world.stored.get('execution/older')?.state).toBe('starting');
    expect(world.stored.get('execution/older')?.fields.podName).toBe('pod-1');
    expect(world.stored.get('execution/newer')?.version).toBe(2);
    await world.clock.advance(9_000);
    stop.abort();
    await oldInbox;
    const again = new AbortController();
    const newInbox = inboxOf(newer)?.run({ signal: again.signal, ready: () => undefined });
    await world.clock.advance(3_000);
    expect(world.stored.get('execution/newer')?.fields.podName).toBe('pod-1');
    again.abort();
    await newInbox;
    // Whatever was postponed in vain, the record knows the message by its first id.
    expect(world.stored.get('execution/newer')?.seen).toContain('pod_created-newer');
  });
});

describe('a message that only a newer process can take', () => {
  const running = message('pod_overdue', 'run-1', { execution_id: 'run-1', attempt: 1 });

  async function consuming(handlers: Handlers, group = 'g', world = memoryWorld()) {
    const stop = new AbortController();
    const child = consumer(world, { name: group, group, handlers, serviceVersion: '1' });
    const done = child.run({ signal: stop.signal, ready: () => undefined });
    await world.clock.settle();
    return { world, child, stop, done };
  }
  const idsOf = (world: World): string[] => world.published.map(({ id }) => id);

  test('is sent again at once under an id of its own, and tried every two seconds, not earlier', async () => {
    const triedAt: number[] = [];
    const { world } = await consuming({
      pod_overdue: async () => {
        triedAt.push(world.clock.now() - 1_000_000);
        if (triedAt.length < 4) throw newerVersion('run-1');
      },
    });
    await world.bus.publish([running]);
    await world.clock.advance(30_000);
    expect(triedAt).toEqual([0, 2_000, 4_000, 6_000]);
    const rounds = [1, 2, 3].map((round) => `${running.id}/later/g/${round}`);
    expect(idsOf(world)).toEqual([running.id, ...rounds]);
  });

  test('reaches its handler under its first id, and nobody of another group', async () => {
    const world = memoryWorld();
    const heard: string[] = [];
    const others: string[] = [];
    await consuming({ pod_overdue: async ({ id }) => void others.push(id) }, 'other', world);
    await consuming(
      {
        pod_overdue: async ({ id, metadata }) => {
          heard.push(id);
          expect(metadata).toEqual(running.metadata);
          if (heard.length < 3) throw newerVersion('run-1');
        },
      },
      'g',
      world,
    );
    await world.bus.publish([running]);
    await world.clock.advance(10_000);
    expect([heard, others]).toEqual([[running.id, running.id, running.id], [running.id]]);
  });

  test('is not acknowledged before it is on the bus again', async () => {
    let tries = 0;
    const { world } = await consuming({
      pod_overdue: async () => {
        tries += 1;
        if (tries < 3) throw newerVersion('run-1');
      },
    });
    await world.bus.publish([running]);
    world.fail('publish', 1);
    await world.clock.advance(10_000);
    expect(idsOf(world)).toEqual([running.id, `${running.id}/later/g/1`]);
    expect(tries).toBe(3);
  });

  test('never counts as a failed try, and is given up under its first id when it fails by itself later', async () => {
    let tries = 0;
    const { world } = await consuming({
      pod_overdue: async () => {
        tries += 1;
        if (tries <= 20) throw newerVersion('run-1');
        throw new TypeError('broken');
      },
    });
    await world.bus.publish([running]);
    await world.clock.advance(60_000);
    const letter = world.published.find(({ type }) => type === 'dlq_message_received');
    expect([tries, letter?.id]).toEqual([23, `${running.id}/dead/g`]);
  });

  test('holds up no drain while it waits', async () => {
    const { world, stop, done } = await consuming({
      pod_overdue: async () => {
        throw newerVersion('run-1');
      },
    });
    await world.bus.publish([running]);
    await world.clock.settle();
    stop.abort();
    await done;
    expect(idsOf(world)).toEqual([running.id, `${running.id}/later/g/1`]);
  });
});
