// What holds for every request: errors, bodies, methods, headers, limits, and whom forwarding headers may name.
import { beforeEach, describe, expect, test } from 'bun:test';
import { createApi } from '#src/api/server.ts';
import { userLimitsCollection } from '#src/domain/account-collections.ts';
import { unavailable } from '#src/domain/errors.ts';
import { type ApiWorld, apiWorld, type Person } from './api-world.ts';

const live = '/api/v1/health/live';
const me = '/api/v1/auth/me';
const register = '/api/v1/auth/register';

describe('errors', () => {
  let world: ApiWorld;
  let user: Person;
  beforeEach(async () => {
    world = apiWorld();
    user = await world.person('user');
  });

  test('an unknown path of the interface is 404 in JSON', async () => {
    const answer = await world.ask('GET', '/api/v1/nowhere');
    expect([answer.status, await answer.json()]).toEqual([
      404,
      { detail: 'Not found', type: 'NotFoundError' },
    ]);
  });

  test('a method that a path does not have is 405 and names those that it has', async () => {
    const answer = await world.ask('PUT', me, { as: user, body: {} });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD, DELETE']);
  });

  test('a body that is not JSON is 422', async () => {
    for (const body of ['{', 'username=x', '']) {
      const answer = await world.ask('POST', register, { body });
      const { detail, type } = await answer.json();
      expect([answer.status, type, detail[0].loc]).toEqual([422, 'ValidationError', ['body']]);
    }
  });

  test('a form where JSON is wanted is 422', async () => {
    const body = new URLSearchParams({
      username: 'someone',
      email: 's@example.org',
      password: 'long enough',
    });
    expect((await world.ask('POST', register, { body })).status).toBe(422);
  });

  test('a dependency that is down is 503 with the time to come again', async () => {
    const down = apiWorld({
      extend: (ports) => ({
        ...ports,
        documents: {
          ...ports.documents,
          collection: (spec) => ({
            ...ports.documents.collection(spec),
            find: () => Promise.reject(unavailable('store')),
            get: () => Promise.reject(unavailable('store')),
          }),
        },
      }),
    });
    const answer = await down.login('user');
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
    expect(await answer.json()).toEqual({
      detail: 'A dependency is not available at the moment',
      type: 'ServiceUnavailableError',
    });
  });

  test('an unknown failure says nothing of itself and is logged with the id of its request', async () => {
    const broken = apiWorld({
      extend: (ports) => ({
        ...ports,
        passwords: ports.passwords,
        documents: {
          ...ports.documents,
          collection: (spec) => ({
            ...ports.documents.collection(spec),
            get: () => Promise.reject(new Error('secret: /var/lib/private')),
          }),
        },
      }),
    });
    const answer = await broken.login('user');
    const text = await answer.text();
    expect([answer.status, text]).toEqual([
      500,
      '{"detail":"Internal server error","type":"InfrastructureError"}',
    ]);
    const id = answer.headers.get('x-request-id');
    expect(broken.logged.filter(({ fields }) => fields.error !== undefined)).toMatchObject([
      { fields: { requestId: id } },
    ]);
  });

  test('an answer of ours that does not fit its schema is a fault of ours, and its values are not logged', async () => {
    const part = { name: 'private text', ready: 'yes' as never, detail: null };
    const readiness = async () => ({ ready: true, dependencies: [part], roles: [] });
    const wrong = createApi({ ...world.deps, readiness });
    const answer = await wrong.handle(new Request('http://localhost/api/v1/health/ready'));
    expect([answer.status, await answer.text()]).toEqual([
      500,
      '{"detail":"Internal server error","type":"InfrastructureError"}',
    ]);
    const failures = world.logged.filter(({ fields }) => fields.error !== undefined);
    expect(failures).toMatchObject([
      { fields: { error: { place: 'response', path: '/dependencies/0/ready' } } },
    ]);
    expect(JSON.stringify(failures)).not.toContain('private text');
  });

  test('a process that lacks what it needs says so', async () => {
    const answer = await apiWorld({ ready: false }).ask('GET', '/api/v1/health/ready');
    expect([answer.status, (await answer.json()).dependencies[0].ready]).toEqual([503, false]);
  });

  test('what it lacks is told to those as well who bring a session that nobody can look up', async () => {
    let isAway = false;
    const world = apiWorld({
      ready: false,
      extend: (ports) => ({
        ...ports,
        documents: {
          ...ports.documents,
          collection: (name) => {
            const collection = ports.documents.collection<never>(name);
            const get: typeof collection.get = (id) =>
              isAway ? Promise.reject(unavailable('documents')) : collection.get(id);
            return { ...collection, get };
          },
        },
      }),
    });
    const person = await world.person('someone');
    isAway = true;
    await world.clock.advance(1_000);
    expect((await world.ask('GET', me, { as: person })).status).toBe(503);
    const answer = await world.ask('GET', '/api/v1/health/ready', { as: person });
    expect([answer.status, (await answer.json()).dependencies[0].ready]).toEqual([503, false]);
  });
});

describe('bodies', () => {
  const world = apiWorld({ settings: { bodyBytesMax: 1_000 } });

  test('a body that declares too much is 413 before it is read', async () => {
    const body = JSON.stringify({ username: 'x'.repeat(1_000) });
    const answer = await world.ask('POST', register, { body, headers: { 'content-length': '1020' } });
    expect([answer.status, (await answer.json()).type]).toEqual([413, 'PayloadTooLargeError']);
  });

  test('a body that declares nothing is cut off while it arrives', async () => {
    let sent = 0;
    const endless = new ReadableStream({
      pull(controller) {
        sent += 100;
        controller.enqueue(new Uint8Array(100).fill(32));
      },
    });
    expect((await world.ask('POST', register, { body: endless })).status).toBe(413);
    expect(sent).toBeLessThan(5_000);
  });
});

describe('names of fields', () => {
  const world = apiWorld();
  const account = '"username":"somebody","email":"s@example.org","password":"long enough one"';

  test('no field may become a prototype, however it is written and wherever it stands', async () => {
    for (const field of [
      '"__proto__":{}',
      '"\\u005f_proto__":1',
      '"x":[{"__proto__":1}]',
      '"x":{"y":{"__pr\\u006fto__":1}}',
    ]) {
      const answer = await world.ask('POST', register, { body: `{${account},${field}}` });
      expect([field, answer.status]).toEqual([field, 422]);
    }
  });

  test('a text may say __proto__', async () => {
    const answer = await world.ask('POST', register, { body: `{${account},"note":"a.__proto__ \\u005f"}` });
    expect(answer.status).toBe(403);
  });
});

describe('headers', () => {
  test('every answer carries the headers that keep a browser safe, and none that lets other sites in', async () => {
    const world = apiWorld();
    for (const path of [live, '/api/v1/nowhere', me, '/']) {
      const { headers } = await world.ask('GET', path, { headers: { origin: 'https://elsewhere.example' } });
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
      expect(headers.get('content-security-policy')).not.toMatch(/script-src[^;]*unsafe-inline/);
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
      expect(headers.get('access-control-allow-origin')).toBeNull();
      expect(headers.get('strict-transport-security')).toBeNull();
    }
  });

  test('behind TLS browsers are told to stay there, and cookies are for TLS alone', async () => {
    const world = apiWorld({ settings: { tls: true } });
    await world.person('user');
    expect((await world.ask('GET', live)).headers.get('strict-transport-security')).toContain('max-age=');
    for (const cookie of (await world.login('user')).headers.getSetCookie())
      expect(cookie).toEndWith('; Secure');
  });
});

describe('limits', () => {
  const statuses = async (world: ApiWorld, count: number, as: Person | null = null) => {
    const answers: Response[] = [];
    for (let asked = 0; asked < count; asked += 1) answers.push(await world.ask('GET', me, { as }));
    return answers;
  };

  test('a caller who asks too often is told when to come again, once as an event', async () => {
    const world = apiWorld({ settings: { limitsEnabled: true } });
    const answers: Response[] = [];
    for (let asked = 0; asked < 22; asked += 1) answers.push(await world.login('nobody', 'wrong'));
    expect(answers.map(({ status }) => status).filter((status) => status === 429)).toHaveLength(2);
    const [first, last] = [answers[0], answers[21]];
    expect(first?.headers.get('x-ratelimit-limit')).toBe('20');
    expect(first?.headers.get('x-ratelimit-remaining')).toBe('19');
    const body = await last?.json();
    expect(body).toMatchObject({ type: 'ThrottledError', detail: 'Rate limit exceeded' });
    expect(last?.headers.get('retry-after')).toBe(String(body.retry_after));
    expect(Date.parse(body.reset_at)).toBeGreaterThan(world.clock.now());
    await world.api.services.securityLog.settled();
    const events = world.store.events().filter(({ type }) => type === 'rate_limit_exceeded');
    expect(events).toMatchObject([
      { payload: { endpoint: '/api/v1/auth/login', limit: 20, window_seconds: 60 } },
    ]);
    await world.clock.advance(61_000);
    expect((await world.login('nobody', 'wrong')).status).toBe(423);
  });

  test('each user has a count, and so has each network of guests', async () => {
    const world = apiWorld({ settings: { limitsEnabled: true } });
    const [one, two] = [await world.person('one'), await world.person('two')];
    await statuses(world, 3, one);
    const [answer] = await statuses(world, 1, two);
    expect(answer?.headers.get('x-ratelimit-remaining')).toBe('599');
  });

  test('a user may be exempt, or have limits of their own', async () => {
    const world = apiWorld({ settings: { limitsEnabled: true } });
    const [free, slow] = [await world.person('free'), await world.person('slow')];
    const limits = world.deps.ports.documents.collection(userLimitsCollection);
    const none = { rules: [], notes: null, createdAt: 0, updatedAt: 0 };
    await limits.insert(free.userId, { ...none, bypass: true, multiplier: 1 });
    await limits.insert(slow.userId, { ...none, bypass: false, multiplier: 0.01 });
    const [unlimited] = await statuses(world, 1, free);
    expect([unlimited?.status, unlimited?.headers.get('x-ratelimit-limit')]).toEqual([200, null]);
    expect((await statuses(world, 7, slow)).map(({ status }) => status)).toEqual([
      ...Array(6).fill(200),
      429,
    ]);
  });

  test('health is never limited, and limits may be switched off', async () => {
    const world = apiWorld({ settings: { limitsEnabled: true } });
    expect((await world.ask('GET', live)).headers.get('x-ratelimit-limit')).toBeNull();
    const off = apiWorld();
    expect((await off.ask('GET', me)).headers.get('x-ratelimit-limit')).toBeNull();
  });

  test('while the limiter is away requests go on, counted by this process alone, which is told once', async () => {
    let isAway = true;
    const { limiter } = apiWorld().deps.ports;
    const answers = <Answer>(answer: Promise<Answer>): Promise<Answer> =>
      isAway ? answer.then(() => Promise.reject(unavailable('limiter'))) : answer;
    const world = apiWorld({
      settings: { limitsEnabled: true },
      ports: {
        limiter: {
          take: (...count) => answers(limiter.take(...count)),
          peek: (...count) => answers(limiter.peek(...count)),
          reset: (prefix) => limiter.reset(prefix),
        },
      },
    });
    expect((await world.ask('GET', me)).status).toBe(401);
    // Guessing is no easier: the lock of a name is kept with the accounts, and a network meets its limit.
    const guesses: number[] = [];
    for (let guess = 0; guess < 21; guess += 1) guesses.push((await world.login('nobody', 'wrong')).status);
    expect(guesses).toEqual([...Array(5).fill(401), ...Array(15).fill(423), 429]);
    const told = () => world.logged.flatMap(({ message }) => (/the limiter/.test(message) ? [message] : []));
    expect(told()).toEqual(['the limiter does not answer; this process counts alone']);
    isAway = false;
    expect((await world.ask('GET', me)).status).toBe(401);
    expect(told().slice(1)).toEqual(['the limiter answers again']);
  });
});
