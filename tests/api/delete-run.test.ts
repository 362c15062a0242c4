// Deleting a run over the interface: who may, when, and that nothing shows it afterwards.
import { beforeAll, beforeEach, describe, expect, test } from 'bun:test';
import type { Person } from './api-world.ts';
import { persons, type RunsWorld, runsWorld } from './runs-world.ts';

let world: RunsWorld;
let ada: Person;
let bob: Person;
let mod: Person;
let root: Person;
let id: string;

beforeAll(async () => {
  world = await runsWorld();
  ({ ada, bob, mod, root } = await persons(world));
});

const remove = (as: Person | null = ada, of = id) => world.ask('DELETE', `/api/v1/executions/${of}`, { as });
const get = (rest: string) => world.ask('GET', `/api/v1/executions/${id}${rest}`, { as: ada });

async function over(): Promise<void> {
  await world.begin(id);
  await world.write(id, [{ channel: 'stdout', data: 'said\n' }]);
  await world.end(id);
  await world.bury(id);
}

describe('an ended run', () => {
  beforeEach(async () => {
    id = await world.execute(ada);
    await over();
  });

  test('is deleted by its owner, once', async () => {
    const answer = await remove();
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({ message: 'Execution deleted', execution_id: id });
    expect((await remove()).status).toBe(404);
  });

  test('is deleted by an admin, and by nobody else', async () => {
    expect([(await remove(null)).status, (await remove(bob)).status, (await remove(mod)).status]).toEqual([
      401, 403, 403,
    ]);
    expect((await get('')).status).toBe(200);
    expect((await remove(root)).status).toBe(200);
  });

  test('is not shown any more, wherever one looks', async () => {
    await remove();
    for (const rest of ['', '/result', '/events', '/stream', '/output'])
      expect([rest, (await get(rest)).status]).toEqual([rest, 404]);
    const post = (rest: string) =>
      world.ask('POST', `/api/v1/executions/${id}${rest}`, { as: ada, body: {} });
    for (const rest of ['/cancel', '/retry']) expect([rest, (await post(rest)).status]).toEqual([rest, 404]);
    const list = await (await world.ask('GET', '/api/v1/user/executions?limit=200', { as: ada })).json();
    expect(list.executions.map((run: { execution_id: string }) => run.execution_id)).not.toContain(id);
  });

  test('takes what the script wrote out of the record at once', async () => {
    await remove();
    const record = JSON.stringify(await world.records.load('execution', id));
    expect(record).not.toContain('preview');
    expect(record).not.toContain('print(1)');
  });
});

test('a run that has not ended is told to be cancelled first, and goes on', async () => {
  id = await world.execute(ada);
  await world.begin(id);
  const answer = await remove();
  expect(answer.status).toBe(400);
  expect((await answer.json()).detail).toBe('Cannot delete an execution that has not ended; cancel it first');
  await world.end(id);
  expect((await (await get('')).json()).status).toBe('completed');
});

test('a key outlives the run that it made: the same request makes no second one', async () => {
  const headers = { 'idempotency-key': 'once' };
  id = await world.execute(ada, {}, headers);
  await over();
  expect((await remove()).status).toBe(200);
  expect(await world.execute(ada, {}, headers)).toBe(id);
  expect(world.execute(ada, { script: 'print(2)' }, headers)).rejects.toThrow('409');
});

test('an unknown run is none', async () => {
  expect((await remove(ada, 'none')).status).toBe(404);
});
