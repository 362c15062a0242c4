// Set-up, registering, logging in and out, and everything that people do with their own account.
import { beforeEach, describe, expect, test } from 'bun:test';
import { type ApiWorld, apiWorld, cookieOf, type Person, password } from './api-world.ts';
import { play, type Scenario } from './scenario.ts';

const newcomer = { username: 'Newcomer', email: 'new@example.org', password: 'a long enough one' };
const register = { method: 'POST', path: '/api/v1/auth/register' };
const post = (path: string, body: unknown) => ({ method: 'POST', path, ask: { body } });

let world: ApiWorld;
let people: Record<string, Person>;

beforeEach(async () => {
  world = apiWorld();
  people = {};
  for (const [name, role] of [
    ['admin', 'admin'],
    ['user', 'user'],
  ] as const)
    people[name] = await world.person(name, role);
});

const person = (name: string): Person => {
  const found = people[name];
  if (found === undefined) throw new Error(`nobody is called ${name}`);
  return found;
};

const scenarios: readonly Scenario[] = [
  {
    name: 'a guest registers and is an ordinary user whatever the request says',
    ...register,
    ask: { body: { ...newcomer, role: 'admin', is_active: false, colour: 'blue' } },
    status: 200,
    contains: ['"username":"Newcomer"', '"role":"user"', '"is_active":true', '"is_superuser":false'],
    lacks: [newcomer.password, 'colour'],
    events: ['user_registered'],
  },
  {
    name: 'a name is taken whatever its case',
    ...register,
    ask: { body: { ...newcomer, username: 'USER' } },
    status: 409,
    contains: ['"detail":"Username already registered"', '"type":"ConflictError"'],
    events: [],
  },
  {
    name: 'an address is taken whatever its case',
    ...register,
    ask: { body: { ...newcomer, email: 'User@Example.org' } },
    status: 409,
    contains: ['"detail":"Email already registered"'],
  },
  {
    name: 'a name with a space is refused where it stands',
    ...register,
    ask: { body: { ...newcomer, username: 'two words' } },
    status: 422,
    contains: ['"loc":["body","username"]', '"type":"ValidationError"'],
  },
  {
    name: 'a short password is refused where it stands',
    ...register,
    ask: { body: { ...newcomer, password: 'seven77' } },
    status: 422,
    contains: ['"loc":["body","password"]', 'at least 8 characters'],
    lacks: ['seven77'],
  },
  {
    name: 'a password is counted in characters, not in code units',
    ...register,
    ask: { body: { ...newcomer, password: '🙂🙂🙂🙂' } },
    status: 422,
    contains: ['at least 8 characters'],
  },
  {
    name: 'a password of more than 128 characters is refused',
    ...register,
    ask: { body: { ...newcomer, password: 'x1'.repeat(65) } },
    status: 422,
    contains: ['at most 128 characters'],
  },
  {
    name: 'a common password is refused',
    ...register,
    ask: { body: { ...newcomer, password: 'PassWord123' } },
    status: 422,
    contains: ['most common'],
  },
  {
    name: 'a missing field is named',
    ...register,
    ask: { body: { username: 'someone' } },
    status: 422,
    contains: ['"loc":["body","email"]', '"type":"missing"'],
  },
  {
    name: 'me is the caller',
    method: 'GET',
    path: '/api/v1/auth/me',
    as: 'user',
    status: 200,
    contains: ['"username":"user"', '"created_at":"2026-11-25T00:00:00.000Z"', '"bypass_rate_limit":null'],
  },
  {
    name: 'me answers with a slash at the end too',
    method: 'GET',
    path: '/api/v1/auth/me/',
    as: 'user',
    status: 200,
  },
  {
    name: 'a guest is nobody',
    method: 'GET',
    path: '/api/v1/auth/me',
    status: 401,
    contains: ['"type":"UnauthorizedError"'],
  },
  {
    name: 'logging out needs the CSRF token',
    method: 'POST',
    path: '/api/v1/auth/logout',
    as: 'user',
    ask: { csrf: null },
    status: 403,
    contains: ['"type":"ForbiddenError"'],
    events: ['security_violation'],
  },
  {
    name: "another session's CSRF token does not do",
    method: 'POST',
    path: '/api/v1/auth/logout',
    as: 'user',
    ask: { csrf: 'x'.repeat(43) },
    status: 403,
  },
  {
    name: 'logging out ends the session and takes the cookies back',
    method: 'POST',
    path: '/api/v1/auth/logout',
    as: 'user',
    status: 200,
    contains: ['"message"'],
    events: ['user_logged_out'],
  },
  {
    name: 'set-up is over once there is an admin',
    method: 'GET',
    path: '/api/v1/setup',
    status: 200,
    contains: ['{"needed":false}'],
  },
  {
    name: 'nobody becomes admin by a second set-up',
    ...post('/api/v1/setup', { token: 'x', ...newcomer }),
    status: 409,
    events: [],
  },
  {
    name: 'an object of ours refuses fields that it does not know',
    ...post('/api/v1/setup', { token: 'x', ...newcomer, colour: 'blue' }),
    status: 422,
    contains: ['"loc":["body","colour"]'],
  },
  {
    name: 'a password is not changed without the old one',
    ...post('/api/v1/auth/password', { current_password: 'wrong', new_password: 'another long one' }),
    as: 'user',
    status: 422,
    contains: ['"loc":["body","current_password"]'],
    events: ['auth_failed'],
  },
  {
    name: 'the last admin cannot leave',
    method: 'DELETE',
    path: '/api/v1/auth/me',
    as: 'admin',
    ask: { body: { password } },
    status: 409,
    events: [],
  },
  {
    name: 'a token needs a name and a scope that there is',
    ...post('/api/v1/auth/tokens', { name: '', scopes: ['root'] }),
    as: 'user',
    status: 422,
    contains: ['"loc":["body","name"]', '"loc":["body","scopes",0]', 'run, read'],
  },
  {
    name: 'a token that has expired already is refused',
    ...post('/api/v1/auth/tokens', { name: 'ci', scopes: ['read'], expires_at: '2026-11-24T00:00:00Z' }),
    as: 'user',
    status: 422,
  },
];

describe('accounts', () => {
  for (const scenario of scenarios)
    test(scenario.name, async () => {
      await play(world, people, scenario);
    });
});

describe('the first start', () => {
  test('the printed link makes the one admin, and nobody registers before', async () => {
    const fresh = apiWorld();
    const token = await fresh.api.services.setup.token();
    const ask = (path: string, body: object) => fresh.ask('POST', path, { body });
    const early = await ask('/api/v1/auth/register', newcomer);
    expect([early.status, (await early.json()).detail]).toEqual([403, 'Set up this server first']);
    expect((await ask('/api/v1/setup', { token: 'guessed', ...newcomer })).status).toBe(403);
    const made = await ask('/api/v1/setup', { token, ...newcomer });
    expect([made.status, (await made.json()).role]).toEqual([200, 'admin']);
    expect((await ask('/api/v1/setup', { token, ...newcomer, username: 'second' })).status).toBe(409);
    expect(await fresh.api.services.setup.token()).toBeNull();
    expect((await fresh.login(newcomer.username, newcomer.password)).status).toBe(200);
  });

  test('of two set-ups at once one wins', async () => {
    const fresh = apiWorld();
    const token = await fresh.api.services.setup.token();
    const answers = await Promise.all(
      ['one', 'two'].map((username) =>
        fresh.ask('POST', '/api/v1/setup', {
          body: { ...newcomer, username: `${username}-admin`, email: `${username}@example.org`, token },
        }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
  });

  test('a link printed at an earlier start still works', async () => {
    const fresh = apiWorld();
    const first = await fresh.api.services.setup.token();
    await fresh.api.services.setup.token();
    const made = await fresh.ask('POST', '/api/v1/setup', { body: { token: first, ...newcomer } });
    expect(made.status).toBe(200);
  });
});

describe('sessions', () => {
  const me = (cookie: string) => world.ask('GET', '/api/v1/auth/me', { headers: { cookie } });

  test('logging in sets a cookie that no script reads and one that the page reads', async () => {
    const answer = await world.login('user');
    const [session, csrf] = answer.headers.getSetCookie();
    expect(session).toMatch(/^access_token=[\w.-]+; HttpOnly; Path=\/; Max-Age=3600; SameSite=Strict$/);
    expect(csrf).toMatch(/^csrf_token=[\w-]+; Path=\/; Max-Age=3600; SameSite=Strict$/);
    const body = await answer.json();
    expect(body).toMatchObject({ username: 'user', role: 'user' });
    expect(csrf).toStartWith(`csrf_token=${body.csrf_token};`);
  });

  test('a session is renewed when half of its time is over, and ends when it is not used', async () => {
    const { cookie } = person('user');
    await world.clock.advance(29 * 60_000);
    expect((await me(cookie)).headers.getSetCookie()).toEqual([]);
    await world.clock.advance(2 * 60_000);
    const renewed = await me(cookie);
    expect(renewed.status).toBe(200);
    expect(renewed.headers.getSetCookie()).toHaveLength(2);
    await world.clock.advance(59 * 60_000);
    expect((await me(cookieOf(renewed))).status).toBe(200);
    await world.clock.advance(61 * 60_000);
    expect((await me(cookieOf(renewed))).status).toBe(401);
  });

  test('a session is never older than 30 days', async () => {
    const { cookie } = person('user');
    let days = 0;
    while ((await me(cookie)).status === 200 && days < 40) {
      for (let step = 0; step < 48; step += 1) {
        await world.clock.advance(30 * 60_000);
        await me(cookie);
      }
      days += 1;
    }
    expect(days).toBe(30);
  });

  test('a user sees and ends own sessions, and no one else does', async () => {
    const other = await world.person('other');
    const { sessions } = await (
      await world.ask('GET', '/api/v1/auth/sessions', { as: person('user') })
    ).json();
    expect(sessions).toMatchObject([{ current: true }]);
    const path = `/api/v1/auth/sessions/${sessions[0].session_id}`;
    expect((await world.ask('DELETE', path, { as: other })).status).toBe(404);
    expect((await me(person('user').cookie)).status).toBe(200);
    expect((await world.ask('DELETE', path, { as: person('user') })).status).toBe(200);
    expect((await me(person('user').cookie)).status).toBe(401);
  });

  test('changing the password ends the other sessions and leaves this one', async () => {
    const elsewhere = cookieOf(await world.login('user'));
    const next = 'quite another one';
    const body = { current_password: password, new_password: next };
    expect((await world.ask('POST', '/api/v1/auth/password', { as: person('user'), body })).status).toBe(200);
    expect((await me(elsewhere)).status).toBe(401);
    expect((await me(person('user').cookie)).status).toBe(200);
    expect((await world.login('user')).status).toBe(401);
    expect((await world.login('user', next)).status).toBe(200);
  });

  test('a forged token is nobody and is recorded once', async () => {
    const [header, , signature] =
      cookieOf(await world.login('user'))
        .split(';')[0]
        ?.split('.') ?? [];
    const payload = Buffer.from(JSON.stringify({ sid: 'x' })).toString('base64url');
    for (const cookie of [`${header}.${payload}.${signature}`, 'access_token=x', 'access_token=a.b.c'])
      expect((await me(cookie)).status).toBe(401);
    await world.api.services.securityLog.settled();
    const violations = world.store.events().filter(({ type }) => type === 'security_violation');
    expect(violations).toMatchObject([{ payload: { violation_type: 'forged_token' } }]);
  });

  test('a token without a signature is nobody', async () => {
    const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const sid = (await (await world.ask('GET', '/api/v1/auth/sessions', { as: person('user') })).json())
      .sessions[0].session_id;
    const cookie = `access_token=${encoded({ alg: 'none', typ: 'JWT' })}.${encoded({ sid })}.`;
    expect((await me(cookie)).status).toBe(401);
  });
});

describe('API tokens', () => {
  const create = async (scopes: string[], expires_at: string | null = null) => {
    const body = { name: 'ci', scopes, expires_at };
    return (await world.ask('POST', '/api/v1/auth/tokens', { as: person('user'), body })).json();
  };
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

  test('a token is shown once and speaks for its user within its scopes', async () => {
    const { token, token_id } = await create(['read']);
    const me = await world.ask('GET', '/api/v1/auth/me', { headers: bearer(token) });
    expect([me.status, (await me.json()).username]).toEqual([200, 'user']);
    const list = await (await world.ask('GET', '/api/v1/auth/tokens', { as: person('user') })).text();
    expect(list).toContain(token_id);
    expect(list).not.toContain(token);
    const runs = await world.ask('POST', '/api/v1/execute', {
      headers: bearer(token),
      body: { script: '1' },
    });
    expect(runs.status).toBe(403);
  });

  test('a token may not change its account', async () => {
    const { token } = await create(['read', 'run']);
    const answer = await world.ask('DELETE', '/api/v1/auth/sessions', { headers: bearer(token) });
    expect(answer.status).toBe(403);
  });

  test('a token that is expired, altered or deleted is nobody', async () => {
    const me = async (token: string) =>
      (await world.ask('GET', '/api/v1/auth/me', { headers: bearer(token) })).status;
    const short = await create(['read'], '2026-11-25T00:10:00Z');
    const long = await create(['read']);
    expect([await me(short.token), await me(long.token), await me(`${long.token}x`)]).toEqual([
      200, 200, 401,
    ]);
    await world.clock.advance(11 * 60_000);
    expect([await me(short.token), await me(long.token)]).toEqual([401, 200]);
    await world.ask('DELETE', `/api/v1/auth/tokens/${long.token_id}`, { as: person('user') });
    expect(await me(long.token)).toBe(401);
  });
});
