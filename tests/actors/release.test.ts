// An administrator takes a record out of quarantine, through the kernel.
import { describe, expect, test } from 'bun:test';
import { createKernel } from '#actors/kernel/kernel.ts';
import { isNewerVersion } from '#src/domain/errors.ts';
import type { SagaRecord } from '#src/domain/saga-record.ts';
import { memoryWorld, type World } from './memory-ports.ts';
import { acceptance } from './runs.ts';

const producer = { service: 'saga-orchestrator', serviceVersion: '1' };
const why = { by: 'admin-1', reason: 'a message of a test' };

const recordOf = (world: World): SagaRecord => {
  const record = world.stored.get('execution/run-1');
  if (record === undefined) throw new Error('no such record');
  return record;
};

/** A queued run that a message put into quarantine; `broken` for good, or not. */
async function aside(broken = false) {
  const world = memoryWorld();
  const kernel = createKernel(world, producer);
  await createKernel(world, producer).start(acceptance('run-1'));
  if (broken) recordOf(world).snapshot.context.held = 'many';
  await kernel.send('execution', 'run-1', 'odd', { type: 'HELLO' });
  await kernel.settled();
  expect(recordOf(world).quarantine).not.toBeNull();
  world.lines.length = 0;
  return { world, kernel };
}

describe('a release from quarantine', () => {
  test('is committed with who and why, said in the log, and wakes the timers', async () => {
    const { world, kernel } = await aside();
    const { version } = recordOf(world);
    const stop = new AbortController();
    const running = kernel.timers.run({ signal: stop.signal, ready: () => undefined });
    await world.clock.settle();
    const outcome = await kernel.release('execution', 'run-1', why);
    expect(outcome).toMatchObject({ kind: 'committed', record: { version: version + 1, quarantine: null } });
    const line = world.lines.find(({ message }) => message === 'release from quarantine');
    expect(line?.fields).toMatchObject({
      machine: 'execution',
      id: 'run-1',
      by: 'admin-1',
      outcome: 'committed',
    });
    await world.clock.settle();
    const { turns, state, nextDeadline } = recordOf(world);
    expect(turns.map(({ event }) => event.type)).toEqual(['ACCEPTED', 'RELEASED', 'TIMER_FIRED']);
    expect(turns[1]?.event).toMatchObject(why);
    expect([state, (nextDeadline ?? 0) > world.clock.now()]).toEqual(['queued', true]);
    stop.abort();
    await running;
  });

  test('in vain sets it aside again, since the first time', async () => {
    const { world, kernel } = await aside(true);
    const first = recordOf(world).quarantine;
    const stop = new AbortController();
    const running = kernel.timers.run({ signal: stop.signal, ready: () => undefined });
    await world.clock.advance(60_000);
    await kernel.release('execution', 'run-1', why);
    await world.clock.settle();
    const record = recordOf(world);
    expect(record.quarantine).toMatchObject({
      since: first?.since,
      words: 'its context does not fit at /held',
    });
    expect(record.nextDeadline).toBe(record.at + 3_600_000);
    expect(record.turns.at(-1)?.event).toMatchObject({ type: 'RELEASED', ...why });
    stop.abort();
    await running;
  });

  test('looks again when somebody else was faster, and gives up only what it must', async () => {
    const { world, kernel } = await aside();
    const other = createKernel(world, producer);
    world.between('load', async () => void (await other.release('execution', 'run-1', why)));
    const outcome = await kernel.release('execution', 'run-1', { ...why, by: 'admin-2' });
    expect(outcome.kind).toBe('unchanged');
    expect(recordOf(world).turns.at(-1)?.event.by).toBe('admin-1');
  });

  test('of a record that is not set aside, or not there, changes nothing', async () => {
    const world = memoryWorld();
    const kernel = createKernel(world, producer);
    await kernel.start(acceptance('run-1'));
    expect((await kernel.release('execution', 'run-1', why)).kind).toBe('unchanged');
    expect((await kernel.release('execution', 'run-2', why)).kind).toBe('absent');
    expect(recordOf(world).version).toBe(1);
  });

  test('of a record that only a newer version understands is left to such a process', async () => {
    const { world, kernel } = await aside();
    recordOf(world).machineVersion = 999;
    expect(await kernel.release('execution', 'run-1', why).catch(isNewerVersion)).toBe(true);
    expect(recordOf(world).quarantine).not.toBeNull();
  });
});
