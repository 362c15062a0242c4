// Every request has its line in the log, with the route that it found; whoever only asks whether the process lives has none, and is
// answered all the same as by the route.
import { expect, test } from 'bun:test';
import { until } from '#tests/support/until.ts';
import { apiWorld } from './api-world.ts';

const me = '/api/v1/auth/me';

test('whatever comes of a request, it has one line', async () => {
  const world = apiWorld();
  const user = await world.person('user');
  const before = world.logged.length;
  const lines = () => world.logged.slice(before).filter(({ message }) => message === 'request');
  await until(() => world.logged.some(({ fields }) => fields.route === '/api/v1/auth/login'));
  const asked: [string, string, object][] = [
    ['GET', me, { as: user }],
    ['GET', me, {}],
    ['GET', '/api/v1/nowhere', { as: user }],
    ['POST', '/api/v1/execute', { as: user, csrf: null, body: {} }],
    ['POST', '/api/v1/execute', { as: user, body: '{' }],
    ['GET', '/nowhere', {}],
  ];
  const answers: Response[] = [];
  for (const [method, path, rest] of asked) answers.push(await world.ask(method, path, rest));
  await until(() =>
    lines().some(({ fields }) => fields.requestId === answers.at(-1)?.headers.get('x-request-id')),
  );
  const told = asked.map((_, index) => {
    const id = answers[index]?.headers.get('x-request-id');
    return lines()
      .filter(({ fields }) => fields.requestId === id)
      .map(({ fields: { method, route, status, userId } }) => [method, route, status, userId]);
  });
  expect(told).toEqual([
    [['GET', me, 200, user.userId]],
    [['GET', me, 401, undefined]],
    [['GET', null, 404, user.userId]],
    [['POST', null, 403, undefined]],
    [['POST', '/api/v1/execute', 422, user.userId]],
    [['GET', null, 404, undefined]],
  ]);
});

test('the question whether the process lives has no line, and the answer of its route', async () => {
  const world = apiWorld();
  const [asked, routed] = [
    await world.ask('GET', '/api/v1/health/live'),
    await world.ask('GET', '/api/v1/health/live/'),
  ];
  await until(() =>
    world.logged.some(({ fields }) => fields.requestId === routed.headers.get('x-request-id')),
  );
  expect(world.logged.filter(({ fields }) => fields.requestId === asked.headers.get('x-request-id'))).toEqual(
    [],
  );
  const [own, its] = [asked, routed].map(({ headers }) => Object.fromEntries(headers));
  expect({ ...own, 'x-request-id': '' }).toEqual({ ...its, 'x-request-id': '' });
  expect(own?.['x-request-id']).not.toBe(its?.['x-request-id']);
  expect(await asked.json()).toEqual(await routed.json());
});
