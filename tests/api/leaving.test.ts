// Leaving: accepted by one insert, closed before the answer, and never by the last admin.
import { beforeEach, describe, expect, test } from 'bun:test';
import { usersCollection } from '#src/domain/account-collections.ts';
import type { SagaRecord } from '#src/domain/saga-record.ts';
import { type Person, password } from './api-world.ts';
import { type RunsWorld, runsWorld } from './runs-world.ts';

const machine = 'account-removal';

let world: RunsWorld;
beforeEach(async () => {
  world = await runsWorld();
});

const leave = (as: Person, said = password): Promise<Response> =>
  world.ask('DELETE', '/api/v1/auth/me', { as, body: { password: said } });

const me = (as: Person): Promise<Response> => world.ask('GET', '/api/v1/auth/me', { as });

const removals = async (): Promise<SagaRecord[]> =>
  (await world.records.find(machine, { sort: { field: 'createdAt', direction: 'ascending' } })).rows;

test('whoever leaves can no longer log in, nor do anything, and the name is free again', async () => {
  await world.person('root', 'admin');
  const ada = await world.person('ada');
  const gone = await leave(ada);
  expect([gone.status, await gone.json()]).toEqual([200, { message: 'Account deleted' }]);
  expect((await me(ada)).status).toBe(401);
  expect((await world.ask('POST', '/api/v1/execute', { as: ada, body: { script: '1' } })).status).toBe(401);
  expect((await world.login('ada')).status).toBe(401);
  const body = { username: 'ada', email: 'ada@example.org', password };
  expect((await world.ask('POST', '/api/v1/auth/register', { body })).status).toBe(200);
  expect(await removals()).toMatchObject([{ state: 'closing', fields: { userId: ada.userId } }]);
});

test('the wrong password changes nothing', async () => {
  const ada = await world.person('ada');
  expect((await leave(ada, 'wrong')).status).toBe(422);
  expect((await me(ada)).status).toBe(200);
  expect(await removals()).toEqual([]);
});

test('once the wish is stored it counts, whatever becomes of the request', async () => {
  const ada = await world.person('ada');
  const { documents } = world.deps.ports;
  const users = documents.collection(usersCollection);
  world.records.insert = ((insert) => async (record, events) => {
    const outcome = await insert(record, events);
    throw Object.assign(new Error('the process dies'), { outcome });
  })(world.records.insert);
  expect((await leave(ada)).status).toBe(500);
  expect(await removals()).toMatchObject([{ state: 'closing', fields: { userId: ada.userId } }]);
  expect((await users.get(ada.userId))?.body).toMatchObject({ active: true });
});

describe('admins', () => {
  test('the last one cannot leave', async () => {
    const root = await world.person('root', 'admin');
    const answer = await leave(root);
    expect([answer.status, (await answer.json()).detail]).toEqual([409, 'The last admin cannot leave']);
    expect((await me(root)).status).toBe(200);
    expect(await removals()).toEqual([]);
  });

  test('of two at the same moment one stays', async () => {
    const admins = [await world.person('root', 'admin'), await world.person('toor', 'admin')];
    const statuses = (await Promise.all(admins.map((one) => leave(one)))).map(({ status }) => status);
    expect(statuses.toSorted()).toEqual([200, 409]);
    const left = (await Promise.all(admins.map(me))).map(({ status }) => status);
    expect(left.toSorted()).toEqual([200, 401]);
  });

  test('who was counted on and has gone meanwhile is found out after the wish is stored', async () => {
    const [root, toor] = [await world.person('root', 'admin'), await world.person('toor', 'admin')];
    const users = world.deps.ports.documents.collection(usersCollection);
    world.records.insert = ((insert) => async (record, events) => {
      await users.change(toor.userId, { set: { active: false } });
      return insert(record, events);
    })(world.records.insert);
    expect((await leave(root)).status).toBe(409);
    expect((await me(root)).status).toBe(200);
    expect(await removals()).toMatchObject([{ state: 'refused', final: true, uniques: [] }]);
  });
});
