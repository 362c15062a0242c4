// What people are told of a request that does not fit: the place, and what is expected there, in plain words.
import { expect, test } from 'bun:test';
import { apiWorld } from './api-world.ts';

const world = apiWorld();
const person = await world.person('somebody');

const token = { name: 'robot', scopes: ['read'] };
const bodies: [string, object, (string | number)[], string][] = [
  ['auth/tokens', { ...token, expires_at: 5 }, ['expires_at'], 'Expected a time in ISO 8601'],
  ['auth/tokens', { ...token, expires_at: 'soon' }, ['expires_at'], 'Expected a time in ISO 8601'],
  [
    'auth/tokens',
    { ...token, name: 5 },
    ['name'],
    'Expected a text of at least 1 and at most 100 characters',
  ],
  ['auth/tokens', { ...token, scopes: ['all'] }, ['scopes', 0], 'Expected one of: run, read'],
  [
    'auth/register',
    { username: 'x', password: 'long enough', email: 'x' },
    ['email'],
    'Expected an e-mail address',
  ],
  [
    'auth/register',
    { username: 'x', password: 'long enough', email: `${'x'.repeat(300)}@example.org` },
    ['email'],
    'Expected a text of at most 254 characters',
  ],
  ['execute', { script: 'x', stdin: 5 }, ['stdin'], 'Expected a text'],
  ['execute', { script: 'x', lang: { toString: 0 } }, ['lang'], 'Expected a text'],
  ['execute', { script: 'x', args: ['a', [{ toString: 0 }]] }, ['args', 1], 'Expected a text'],
  ['execute', { script: 'x', stdin: { toString: 0 } }, ['stdin'], 'Expected a text'],
  [
    'execute',
    { script: 'x', limits: { timeout_seconds: '5' } },
    ['limits', 'timeout_seconds'],
    'Expected number',
  ],
  ['execute', { script: 'x', files: [{ path: 'a' }] }, ['files', 0, 'content'], 'Field required'],
  ['executions/none/cancel', { reason: 5 }, ['reason'], 'Expected a text of at most 1000 characters'],
  [
    'executions/none/cancel',
    { reason: 'x'.repeat(2_000) },
    ['reason'],
    'Expected a text of at most 1000 characters',
  ],
];

test.each(bodies)('%s with %j says where and what', async (path, body, loc, msg) => {
  const answer = await world.ask('POST', `/api/v1/${path}`, { as: person, body });
  const { detail } = await answer.json();
  expect(detail.map((fault: { loc: unknown; msg: unknown }) => [fault.loc, fault.msg])).toEqual([
    [['body', ...loc], msg],
  ]);
});

test.each([
  ['limit=5.5', ['query', 'limit'], 'Expected a whole number of at least 1 and at most 200'],
  ['skip=-1', ['query', 'skip'], 'Expected a whole number of at least 0'],
  ['start_time=2026-02-30', ['query', 'start_time'], 'Must be a time in ISO 8601'],
])('the query %s says where and what', async (query, loc, msg) => {
  const answer = await world.ask('GET', `/api/v1/user/executions?${query}`, { as: person });
  expect((await answer.json()).detail).toEqual([{ loc, msg, type: 'value_error' }]);
});
