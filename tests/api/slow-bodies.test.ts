// Bodies that trickle in: whoever sends a byte now and then never looks idle, and is told that the time is over.
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { systemClock } from '#src/adapters/system/clock.ts';
import { httpServer } from '#src/api/http-server.ts';
import type { HttpServer } from '#src/ports/http-server.ts';
import { apiWorld } from './api-world.ts';
import { rawConnection, rawRequest } from './raw-connection.ts';

let server: HttpServer;
let url: string;
beforeAll(async () => {
  const clock = systemClock();
  const { api } = apiWorld({ ports: { clock }, settings: { bodyMsMax: 300 } });
  server = httpServer(api, { hostname: '127.0.0.1', port: 0, clock, drainMs: 1_000 });
  url = (await server.start()).url;
});
afterAll(() => server.stop());

const json = 'Content-Type: application/json';
const login = 'POST /api/v1/auth/register';

test.each([
  ['of a length that was said', 'Content-Length: 100000', 'x'],
  ['in chunks', 'Transfer-Encoding: chunked', '1\r\nx\r\n'],
])('a body %s that does not end is 408, and the connection is closed', async (_, header, piece) => {
  const connection = await rawConnection(url);
  let isOpen = true;
  void connection.closed.then(() => {
    isOpen = false;
  });
  await connection.send(rawRequest(login, [json, header]));
  while (isOpen) await connection.send(piece).then(() => new Promise((resume) => setImmediate(resume)));
  const heard = connection.heard();
  expect(heard).toStartWith('HTTP/1.1 408 ');
  expect(heard).toContain(
    '{"detail":"The body did not arrive within 1 seconds","type":"RequestTimeoutError"}',
  );
  connection.reset();
});

test('the time is two minutes, counted from the arrival, and nothing waits after a body that came in time', async () => {
  const world = apiWorld();
  const sent = Promise.withResolvers<void>();
  const body = new ReadableStream({
    async start(controller) {
      controller.enqueue(Buffer.from('{"a":'));
      await sent.promise;
      controller.enqueue(Buffer.from('1}'));
      controller.close();
    },
  });
  const ask = (given: ReadableStream | string) =>
    world.api.handle(
      new Request('http://localhost/api/v1/auth/register', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: given,
      }),
    );
  const waiting = world.clock.waiting();
  let answer: Response | null = null;
  void ask(body).then((given) => {
    answer = given;
  });
  await world.clock.advance(119_999);
  expect(answer).toBeNull();
  await world.clock.advance(1);
  expect(answer).toMatchObject({ status: 408 });
  sent.resolve();
  expect((await ask('{"a":1}')).status).toBe(422);
  expect(world.clock.waiting()).toBe(waiting);
});
