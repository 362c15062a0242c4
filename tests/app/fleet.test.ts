// What an interface offers that runs no scripts itself: what all those can do that run them.
import { expect, test } from 'bun:test';
import { createFleet } from '#src/app/fleet.ts';
import { type ProcessReport, processesCollection } from '#src/domain/fleet.ts';
import { memoryWorld } from '#tests/actors/memory-ports.ts';
import { apiPorts } from '#tests/api/api-ports.ts';

const python = (...versions: string[]) => versions.map((version) => ({ language: 'python', version }));

function stage() {
  const { clock, logger } = memoryWorld();
  const { documents } = apiPorts(clock, logger).ports;
  const processes = documents.collection<ProcessReport>(processesCollection);
  const beat = async (process: string, versions: readonly string[]): Promise<void> => {
    await processes.remove(process);
    const at = clock.now();
    const rest = { serviceVersion: '1', roles: [], versions: {}, inFlight: 0, lag: 0, startedAt: at, at };
    await processes.insert(process, { process, runtimes: python(...versions), ...rest });
  };
  return { clock, beat, fleet: createFleet({ clock, documents }) };
}

test('what not every worker can run is not offered, and processes without scripts do not count', async () => {
  const { beat, fleet } = stage();
  await beat('api', []);
  await beat('worker-1', ['3.9', '3.11', '3.12']);
  await beat('worker-2', ['3.11', '3.12', '3.13']);
  expect(await fleet.runtimes()).toEqual(python('3.11', '3.12'));
});

test('before the first worker it says that there is none; after the last it offers what there was', async () => {
  const { clock, beat, fleet } = stage();
  await beat('api', []);
  await expect(fleet.runtimes()).rejects.toMatchObject({ kind: 'unavailable' });
  await beat('worker-1', ['3.11']);
  expect(await fleet.runtimes()).toEqual(python('3.11'));
  await clock.advance(60_000);
  await beat('api', []);
  expect(await fleet.runtimes()).toEqual(python('3.11'));
});

test('a worker that is silent binds nobody', async () => {
  const { clock, beat, fleet } = stage();
  await beat('old', ['3.8']);
  await clock.advance(31_000);
  await beat('worker-1', ['3.11']);
  expect(await fleet.runtimes()).toEqual(python('3.11'));
});

test('an interface that starts while every worker is away knows what they said last', async () => {
  const { clock, beat, fleet } = stage();
  await beat('worker-1', ['3.11']);
  await clock.advance(31_000);
  expect(await fleet.runtimes()).toEqual(python('3.11'));
});
