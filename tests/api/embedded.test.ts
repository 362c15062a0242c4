// The same interface on the real embedded store and a real socket: what the in-memory store could hide.
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKernel } from '#actors/kernel/kernel.ts';
import { type EmbeddedEngines, openEmbedded } from '#src/adapters/embedded/engines.ts';
import { systemClock } from '#src/adapters/system/clock.ts';
import { httpServer } from '#src/api/http-server.ts';
import type { HttpServer } from '#src/ports/http-server.ts';
import { type ApiWorld, apiWorld, cookieOf, password } from './api-world.ts';

let folder: string;
let engines: EmbeddedEngines;
let world: ApiWorld;
let server: HttpServer;
let url: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'api-'));
  const clock = systemClock();
  const plain = apiWorld();
  engines = await openEmbedded({ dataDir: folder, clock, logger: plain.deps.ports.logger });
  const { documents, limiter } = engines;
  const { logger } = plain.deps.ports;
  const sagas = createKernel({ ...engines, clock, logger }, { service: 'api', serviceVersion: '1' });
  world = apiWorld({
    ports: { documents, limiter, clock, sagas, ids: { next: () => crypto.randomUUID() } },
    settings: { trustedProxies: ['127.0.0.1'], limitsEnabled: true },
  });
  server = httpServer(world.api, { hostname: '127.0.0.1', port: 0, clock, drainMs: 1_000 });
  url = (await server.start()).url;
});
afterAll(async () => {
  await server.stop();
  await engines.close();
  await rm(folder, { recursive: true });
});

interface Call {
  cookie?: string;
  csrf?: string;
  from?: string;
  body?: unknown;
}

function call(method: string, path: string, { cookie, csrf, from = '198.51.100.1', body }: Call = {}) {
  const headers: Record<string, string> = { 'x-forwarded-for': `10.0.0.1, ${from}` };
  if (cookie !== undefined) headers.cookie = cookie;
  if (csrf !== undefined) headers['x-csrf-token'] = csrf;
  if (body !== undefined && !(body instanceof URLSearchParams)) headers['content-type'] = 'application/json';
  const sent =
    body === undefined ? {} : { body: body instanceof URLSearchParams ? body : JSON.stringify(body) };
  return fetch(`${url}/api/v1${path}`, { method, headers, ...sent });
}

const login = (username: string, given = password, from?: string) =>
  call('POST', '/auth/login', {
    body: new URLSearchParams({ username, password: given }),
    ...(from === undefined ? {} : { from }),
  });

test('an account lives from the first start to its end', async () => {
  const token = await world.api.services.setup.token();
  const account = (username: string) => ({ username, email: `${username}@example.org`, password });
  const setup = await call('POST', '/setup', { body: { token, ...account('founder') } });
  expect(setup.status).toBe(200);
  expect((await call('POST', '/auth/register', { body: account('mary') })).status).toBe(200);
  const twice = await call('POST', '/auth/register', {
    body: { ...account('Mary'), email: 'm@example.org' },
  });
  expect([twice.status, (await twice.json()).detail]).toEqual([409, 'Username already registered']);

  const entered = await login('mary');
  const cookie = cookieOf(entered);
  const { csrf_token: csrf } = await entered.json();
  const elsewhere = cookieOf(await login('mary'));
  const { sessions } = await (await call('GET', '/auth/sessions', { cookie })).json();
  expect(sessions).toMatchObject([{ ip_address: '198.51.100.1' }, { ip_address: '198.51.100.1' }]);

  expect((await call('DELETE', '/auth/sessions', { cookie })).status).toBe(403);
  const ended = await call('DELETE', '/auth/sessions', { cookie, csrf });
  expect(await ended.json()).toEqual({ message: '1 session ended' });
  expect((await call('GET', '/auth/me', { cookie: elsewhere })).status).toBe(401);

  const made = await call('POST', '/auth/tokens', { cookie, csrf, body: { name: 'ci', scopes: ['read'] } });
  const { token_id } = await made.json();
  expect((await call('DELETE', `/auth/tokens/${token_id}`, { cookie, csrf })).status).toBe(200);

  expect((await call('DELETE', '/auth/me', { cookie, csrf, body: { password } })).status).toBe(200);
  expect((await login('mary')).status).toBe(401);
  expect((await call('POST', '/auth/register', { body: account('mary') })).status).toBe(200);
  const { rows } = await engines.records.find('account-removal', {});
  expect(rows.map(({ state }) => state)).toEqual(['closing']);
});

test('guessing from one address locks that address alone', async () => {
  const from = '203.0.113.5';
  const statuses: number[] = [];
  for (let tries = 0; tries < 6; tries += 1) statuses.push((await login('founder', 'wrong', from)).status);
  expect(statuses).toEqual([401, 401, 401, 401, 401, 423]);
  expect((await login('founder', password, from)).status).toBe(423);
  expect((await login('founder')).status).toBe(200);
});

test('every event waits in an outbox for the relay', async () => {
  await world.api.services.securityLog.settled();
  const unsent = await engines.documents.unsent(Number.MAX_SAFE_INTEGER, 1_000);
  const types = new Set(unsent.flatMap(({ rows }) => rows.map(({ event }) => event.type)));
  for (const type of [
    'user_registered',
    'user_logged_in',
    'user_logged_out',
    'auth_failed',
    'security_violation',
  ] as const)
    expect(types.has(type), type).toBe(true);
});

test('a guest is refused before the body is read', async () => {
  let sent = 0;
  const endless = new ReadableStream({
    async pull(controller) {
      sent += 1;
      controller.enqueue(new Uint8Array(65_536).fill(32));
    },
  });
  const answer = await fetch(`${url}/api/v1/execute`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: endless,
  });
  expect(answer.status).toBe(401);
  expect(sent).toBeLessThan(160);
});
