// The real socket against clients that break the protocol, stop in the middle, say too much or leave without a word.
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { httpServer } from '#src/api/http-server.ts';
import type { HttpServer } from '#src/ports/http-server.ts';
import { brokenRequests } from './broken-requests.ts';
import { faultsOf } from './hostile-judge.ts';
import { type HostileWorld, hostileWorld, type Owner } from './hostile-world.ts';
import { rawConnection, rawRequest } from './raw-connection.ts';

let world: HostileWorld;
let owner: Owner;
let server: HttpServer;
let url: string;
let mine: string[];

beforeAll(async () => {
  world = await hostileWorld();
  await world.person('founder', 'admin');
  owner = await world.owner();
  mine = [`Cookie: ${owner.cookie}`, `X-CSRF-Token: ${owner.csrf}`];
  const { clock } = world.deps.ports;
  server = httpServer(world.api, { hostname: '127.0.0.1', port: 0, clock, drainMs: 1_000 });
  url = (await server.start()).url;
});
afterAll(async () => {
  await server.stop();
  await world.close();
});

const live = rawRequest('GET /api/v1/health/live');
const json = 'Content-Type: application/json';
const chunked = 'Transfer-Encoding: chunked';
const statusesIn = (heard: string): number[] =>
  [...heard.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
const bodyIn = (heard: string): string => heard.slice(heard.indexOf('\r\n\r\n') + 4);
const faultsLogged = () => world.logged.filter(({ message }) => message === 'a request failed').length;

/** Resolves once it holds; looks at each turn of the event loop. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

/** Whoever comes after is served as always. */
async function servesOthers(): Promise<void> {
  const other = await rawConnection(url);
  await other.send(live);
  expect(statusesIn(await other.hears(/"status":"ok"/))).toEqual([200]);
  other.reset();
}

test.each(brokenRequests)('%s is refused and ends the connection', async (_, said) => {
  const connection = await rawConnection(url);
  await connection.send(said);
  await connection.closed;
  const statuses = statusesIn(connection.heard());
  expect(statuses).toHaveLength(1);
  expect(statuses.every((status) => (status >= 400 && status < 500) || status === 505)).toBe(true);
  await servesOthers();
});

test.each(['TRACE /api/v1/execute', 'CONNECT /api/v1/execute', 'PROPFIND /api/v1/execute'])(
  '%s is no method here',
  async (line) => {
    const connection = await rawConnection(url);
    await connection.send(rawRequest(line, mine));
    const heard = await connection.hears(/\}$/);
    expect([statusesIn(heard), faultsOf(405, bodyIn(heard))]).toEqual([[405], []]);
    connection.reset();
  },
);

test('a method that nobody knows ends the connection', async () => {
  for (const method of ['get', 'FOO', 'G', '__proto__']) {
    const connection = await rawConnection(url);
    await connection.send(rawRequest(`${method} /api/v1/health/live`));
    await connection.closed;
    expect([method, connection.heard()]).not.toEqual([method, expect.stringContaining('"status":"ok"')]);
  }
  await servesOthers();
});

test('a host that is a path leads nowhere', async () => {
  for (const host of ['', 'x/api/v1/auth/login?', 'x#', 'a b', 'user:password@x', '[', '\u00e9']) {
    const connection = await rawConnection(url);
    const before = world.stored();
    await connection.send(
      `POST /api/v1/execute HTTP/1.1\r\nHost: ${host}\r\nCookie: ${owner.cookie}\r\n${json}\r\nContent-Length: 14\r\n\r\n{"script":"x"}`,
    );
    const [status = 0] = statusesIn(await connection.hears(/\}$/));
    expect([host, status >= 400 && status < 500]).toEqual([host, true]);
    expect(world.stored()).toEqual(before);
    connection.reset();
  }
});

test('requests in one piece are answered one by one, whatever is among them', async () => {
  const connection = await rawConnection(url);
  const bad = rawRequest('POST /api/v1/execute', [...mine, json, 'Content-Length: 3'], '{a}');
  const unread = rawRequest('POST /api/v1/execute', [json, 'Content-Length: 14'], '{"script":"x"}');
  const nowhere = rawRequest('GET /api/v1/nowhere');
  await connection.send(live + bad + live + unread + nowhere + live.repeat(50));
  const heard = await connection.hears((all) => statusesIn(all).length === 55 && all.endsWith('}'));
  expect(statusesIn(heard)).toEqual([200, 422, 200, 401, 404, ...Array(50).fill(200)]);
  connection.reset();
});

test('a request byte by byte is a request', async () => {
  const connection = await rawConnection(url);
  const body = '{"scrip":"x"}';
  for (const byte of rawRequest(
    'POST /api/v1/execute',
    [...mine, json, `Content-Length: ${body.length}`],
    body,
  ))
    await connection.send(byte);
  const heard = await connection.hears(/\}$/);
  expect([statusesIn(heard), faultsOf(422, bodyIn(heard))]).toEqual([[422], []]);
  connection.reset();
});

test('two hundred who never finish their request keep nobody else from being served', async () => {
  const before = world.stored();
  const [head = ''] = rawRequest('POST /api/v1/execute', [...mine, json, 'Content-Length: 100']).split(
    '\r\n\r\n',
  );
  const slow = await Promise.all(
    Array.from({ length: 200 }, async (_, index) => {
      const connection = await rawConnection(url);
      await connection.send(index % 2 === 0 ? head : `${head}\r\n\r\n{"script":`);
      return connection;
    }),
  );
  await servesOthers();
  for (const connection of slow) connection.reset();
  await servesOthers();
  expect(world.stored()).toEqual(before);
  expect(faultsLogged()).toBe(0);
});

test('a body too large is refused before it is read, by its length', async () => {
  const connection = await rawConnection(url);
  await connection.send(
    rawRequest('POST /api/v1/execute', [...mine, json, 'Content-Length: 20000000'], '{"script":"'),
  );
  const heard = await connection.hears(/\}$/);
  expect([statusesIn(heard), faultsOf(413, bodyIn(heard))]).toEqual([[413], []]);
  connection.reset();
  await servesOthers();
});

test('a body too large is refused while it comes, when it says no length', async () => {
  const connection = await rawConnection(url);
  await connection.send(rawRequest('POST /api/v1/execute', [...mine, json, chunked]));
  const piece = 'x'.repeat(65_536);
  let sent = 0;
  while (connection.heard() === '' && sent < 2_000) {
    await connection.send(`10000\r\n${piece}\r\n`);
    sent += 1;
  }
  const heard = await connection.hears(/\}$/);
  expect([statusesIn(heard), faultsOf(413, bodyIn(heard))]).toEqual([[413], []]);
  // Ten megabytes are 160 pieces; some more may be on their way.
  expect(sent).toBeLessThan(400);
  connection.reset();
  await servesOthers();
});

test.each([
  'zz\r\n{}\r\n0\r\n\r\n',
  '-1\r\n{}\r\n0\r\n\r\n',
  'ffffffffffffffff\r\n{}\r\n0\r\n\r\n',
  '2\r\n{}',
])('a body in broken chunks %j is no fault of ours', async (body) => {
  const before = world.stored();
  const connection = await rawConnection(url);
  await connection.send(rawRequest('POST /api/v1/execute', [...mine, json, chunked], body));
  connection.finish();
  await connection.closed;
  await servesOthers();
  expect([statusesIn(connection.heard()).every((status) => status < 500), faultsLogged()]).toEqual([true, 0]);
  expect(world.stored()).toEqual(before);
});

test('who leaves in the middle of a body leaves nothing', async () => {
  const before = world.stored();
  const leavers = await Promise.all(Array.from({ length: 50 }, () => rawConnection(url)));
  const head = rawRequest(
    'POST /api/v1/execute',
    [...mine, json, 'Content-Length: 1000'],
    '{"script":"print(1)",',
  );
  await Promise.all(leavers.map((connection) => connection.send(head)));
  for (const [index, connection] of leavers.entries()) {
    if (index % 2 === 0) connection.reset();
    else connection.finish();
  }
  await servesOthers();
  expect([world.stored(), faultsLogged()]).toEqual([before, 0]);
  for (const connection of leavers) connection.reset();
});

test('who says no more still hears the answer', async () => {
  const connection = await rawConnection(url);
  await connection.send(rawRequest('GET /api/v1/auth/me', mine));
  connection.finish();
  expect(statusesIn(await connection.hears(/\}$/))).toEqual([200]);
});

test('five hundred streams that are left at any moment leave no subscriber', async () => {
  const paths = [
    `/api/v1/executions/${owner.owned.execution_id}/stream`,
    `/api/v1/events/executions/${owner.owned.execution_id}`,
  ];
  const leaveAt: readonly (RegExp | null)[] = [null, /HTTP/, /retry/, /data:/];
  await Promise.all(
    Array.from({ length: 500 }, async (_, index) => {
      const connection = await rawConnection(url);
      await connection.send(rawRequest(`GET ${paths[index % 2]}`, mine));
      const moment = leaveAt[index % leaveAt.length] ?? null;
      if (moment !== null) expect(await connection.hears(moment)).toMatch(moment);
      if (index % 5 === 0) {
        connection.finish();
        await connection.hears(/data:/);
      }
      connection.reset();
    }),
  );
  await until(() => world.api.streams.count() === 0 && world.liveFeed.subscribers() === 0);
  expect(faultsLogged()).toBe(0);
  await servesOthers();
});
