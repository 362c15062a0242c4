// Guessing passwords is made slow, and nobody can shut another out by guessing.
import { beforeEach, expect, test } from 'bun:test';
import { type ApiWorld, apiWorld, password } from './api-world.ts';

let world: ApiWorld;

beforeEach(async () => {
  world = apiWorld({ settings: { trustedProxies: ['127.0.0.1'] } });
  await world.person('owner');
});

const minute = 60_000;
const origin = (network: string) => ({ address: network, agent: null, network });
const attempt = (given: string, network = 'a', name = 'owner') =>
  world.api.services.accounts.login(name, given, origin(network)).then(
    () => 'in',
    ({ kind }: { kind: string }) => kind,
  );
const attempts = async (count: number, given: string, network = 'a', name = 'owner') => {
  const outcomes: string[] = [];
  for (let done = 0; done < count; done += 1) outcomes.push(await attempt(given, network, name));
  return outcomes;
};

test('after five failures one network is shut out, with the right password too, until the time is over', async () => {
  expect(await attempts(6, 'wrong')).toEqual([...Array(5).fill('unauthorized'), 'account_locked']);
  expect(await attempt(password)).toBe('account_locked');
  expect(await attempt(password, 'b')).toBe('in');
  await world.clock.advance(15 * minute + 1);
  expect(await attempt(password)).toBe('in');
});

test('a name that nobody has is locked alike', async () => {
  expect(await attempts(6, 'wrong', 'a', 'nobody')).toEqual([
    ...Array(5).fill('unauthorized'),
    'account_locked',
  ]);
});

test('attempts at once cannot outrun the count', async () => {
  const outcomes = await Promise.all(Array.from({ length: 9 }, () => attempt('wrong')));
  expect(outcomes.filter((outcome) => outcome === 'unauthorized')).toHaveLength(5);
});

test('right log-ins at once are all let in', async () => {
  const outcomes = await Promise.all(Array.from({ length: 9 }, () => attempt(password)));
  expect(new Set(outcomes)).toEqual(new Set(['in']));
});

test('a success forgets the failures of its network', async () => {
  await attempts(4, 'wrong');
  expect(await attempt(password)).toBe('in');
  expect(await attempts(4, 'wrong')).toEqual(Array(4).fill('unauthorized'));
  expect(await attempt(password)).toBe('in');
});

test('failures from many networks only delay the owner', async () => {
  for (let network = 0; network < 5; network += 1) await attempts(2, 'wrong', `n${network}`);
  let outcome = 'waiting';
  const entering = attempt(password, 'home').then((result) => {
    outcome = result;
  });
  await world.clock.settle();
  expect(outcome).toBe('waiting');
  await world.clock.advance(5_000);
  await entering;
  expect(outcome).toBe('in');
});

test('an unlocked name is free at once, everywhere, and its failures are still told of', async () => {
  await attempts(5, 'wrong');
  await attempts(5, 'wrong', 'b');
  expect([await attempt(password), await attempt(password, 'b')]).toEqual(Array(2).fill('account_locked'));
  await world.api.services.lockout.unlock('Owner');
  expect([await attempt(password), await attempt(password, 'b')]).toEqual(['in', 'in']);
  expect(world.store.events().filter(({ type }) => type === 'auth_failed')).toHaveLength(10);
});

test('each failure leaves an event, without what was typed where it cannot be a name', async () => {
  await attempt('wrong');
  await attempt('wrong', 'a', 'my secret password');
  const failures = world.store.events().filter(({ type }) => type === 'auth_failed');
  expect(failures.map(({ payload }) => payload)).toMatchObject([
    { username: 'owner', reason: 'invalid_credentials', ip_address: 'a' },
    { username: null },
  ]);
});

test('the answer to a locked account is 423 with the time to wait', async () => {
  for (let done = 0; done < 5; done += 1) await world.login('owner', 'wrong');
  const answer = await world.login('owner');
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([423, '900']);
  expect((await answer.json()).type).toBe('AccountLockedError');
});
