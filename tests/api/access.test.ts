// A new route, or a change in who may use one, fails here until somebody has looked at it.
import { expect, test } from 'bun:test';
import { type AccessTable, accessFile, accessTable, askers } from './access.ts';
import { runsWorld } from './runs-world.ts';

const advice = 'look at who is let in, then write it with: bun tests/api/write-golden.ts';
const golden: AccessTable = await Bun.file(accessFile).json();
const found = await accessTable();

test('every route lets in whom it was decided to', () => {
  expect(found, advice).toEqual(golden);
});

test('what is open to guests is a short list', () => {
  const open = Object.entries(found).filter(([, { guest }]) => guest !== 401);
  expect(open.map(([route]) => route)).toEqual([
    'GET /api/v1/example-scripts',
    'GET /api/v1/health/live',
    'GET /api/v1/health/ready',
    'GET /api/v1/k8s-limits',
    'GET /api/v1/openapi.json',
    'GET /api/v1/setup',
    'POST /api/v1/auth/login',
    'POST /api/v1/auth/logout',
    'POST /api/v1/auth/register',
    'POST /api/v1/setup',
  ]);
});

test('no request is a fault of ours, whoever makes it', () => {
  for (const [route, statuses] of Object.entries(found))
    for (const asker of askers) expect(`${route} ${asker}: ${statuses[asker]}`).not.toMatch(/: 5\d\d$/);
});

test('what belongs to another is refused to a stranger and, to change, to a moderator', () => {
  for (const [route, { user, other, moderator }] of Object.entries(found)) {
    if (!route.includes(':execution_id') || user >= 400) continue;
    expect(`${route} ${other}`).toBe(`${route} 403`);
    if (!route.startsWith('GET')) expect(`${route} ${moderator}`).toBe(`${route} 403`);
  }
});

test('asking for what belongs to another is recorded', async () => {
  const world = await runsWorld();
  const [user, other] = [await world.person('user'), await world.person('other')];
  const run = await world.execute(user);
  await world.ask('GET', `/api/v1/executions/${run}/result`, { as: other });
  await world.api.services.securityLog.settled();
  const violations = world.store.events().filter(({ type }) => type === 'security_violation');
  expect(violations.map(({ payload }) => payload)).toMatchObject([
    { user_id: other.userId, violation_type: 'foreign_object' },
  ]);
});
