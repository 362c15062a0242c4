// Streams of events: heartbeats, ends, readers who leave or take nothing, and a server that drains.
import { expect, test } from 'bun:test';
import { createStreams, type StreamEvent } from '#src/api/plugins/sse.ts';
import { virtualClock } from '#tests/actors/virtual-clock.ts';
import { runsWorld } from './runs-world.ts';

const quiet = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => quiet,
};

function open(produce: (signal: AbortSignal) => AsyncIterable<StreamEvent>) {
  const clock = virtualClock();
  const session = { lives: true };
  const streams = createStreams({ clock, logger: quiet, stillValid: async () => session.lives });
  const leaving = new AbortController();
  const timeouts: number[] = [];
  const request = new Request('http://localhost/stream', { signal: leaving.signal });
  const server = { timeout: (_: Request, seconds: number) => void timeouts.push(seconds) };
  const response = streams.open({ request, server, produce });
  const reader = response.body?.getReader();
  if (reader === undefined) throw new Error('the stream has no body');
  const decoder = new TextDecoder();
  const next = async () => {
    const { done, value } = await reader.read();
    return done ? null : decoder.decode(value);
  };
  return { clock, streams, session, leaving, timeouts, response, reader, next };
}

const until = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve());
  });

test('events go out in order, each with its name and id, and the stream ends', async () => {
  const { next, response, timeouts, streams } = open(async function* () {
    yield { event: 'state', id: '1.1.0', data: { text: 'two\nlines' } };
    yield { data: 7 };
  });
  expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  expect(timeouts).toEqual([0]);
  expect([await next(), await next(), await next(), await next()]).toEqual([
    'retry: 1000\n\n',
    'event: state\nid: 1.1.0\ndata: {"text":"two\\nlines"}\n\n',
    'data: 7\n\n',
    null,
  ]);
  expect(streams.count()).toBe(0);
});

test('an id cannot break out of its line', async () => {
  const { next } = open(async function* () {
    yield { id: '1\ndata: forged', data: 1 };
  });
  await next();
  expect(await next()).toBe('id: 1 data: forged\ndata: 1\n\n');
});

test('a silent stream sends a heartbeat before anybody cuts it', async () => {
  const { next, clock } = open(async function* (signal) {
    await until(signal);
    yield { data: 'never' };
  });
  await next();
  const beat = next();
  await clock.advance(8_000);
  expect(await beat).toBe(':\n\n');
});

test('a reader who leaves ends the generator and is no longer counted', async () => {
  let ended = false;
  const { next, leaving, streams, clock } = open(async function* (signal) {
    try {
      await until(signal);
      yield { data: 'never' };
    } finally {
      ended = true;
    }
  });
  await next();
  expect(streams.count()).toBe(1);
  leaving.abort();
  expect(await next()).toBeNull();
  await clock.settle();
  expect([ended, streams.count(), clock.waiting()]).toEqual([true, 0, 0]);
});

test('a stream ends soon after the session that opened it', async () => {
  const { next, streams, clock, session } = open(async function* (signal) {
    await until(signal);
    if (!signal.aborted) yield { data: 'never' };
  });
  await next();
  const last = next();
  await clock.advance(4_000);
  expect(streams.count()).toBe(1);
  session.lives = false;
  await clock.advance(2_000);
  expect(await last).toBeNull();
  expect([streams.count(), clock.waiting()]).toEqual([0, 0]);
});

test('nothing is asked of the generator that the reader has not taken', async () => {
  let made = 0;
  const { next, clock } = open(async function* () {
    for (;;) yield { data: ++made };
  });
  await next();
  await next();
  await clock.settle();
  expect(made).toBeLessThanOrEqual(3);
});

test('a reader who takes nothing for a minute is cut off', async () => {
  let ended = false;
  const { next, streams, clock } = open(async function* () {
    try {
      for (;;) yield { data: 'x' };
    } finally {
      ended = true;
    }
  });
  await next();
  await clock.settle();
  await clock.advance(60_000);
  expect([streams.count(), ended]).toEqual([0, true]);
});

test('a server that drains ends its streams with a hint to come again, and later ones at once', async () => {
  const { next, streams, clock } = open(async function* (signal) {
    await until(signal);
    if (!signal.aborted) yield { data: 'never' };
  });
  expect(await next()).toBe('retry: 1000\n\n');
  const last = next();
  streams.drain();
  expect(await last).toBeNull();
  const late = streams.open({
    request: new Request('http://localhost/stream'),
    server: null,
    produce: async function* () {
      yield { data: 'late' };
    },
  });
  expect(await late.text()).toBe('retry: 1000\n\n');
  await clock.settle();
  expect(streams.count()).toBe(0);
});

test('whoever asks for the headers alone gets them at once and opens nothing', async () => {
  const streams = createStreams({ clock: virtualClock(), logger: quiet, stillValid: async () => true });
  const answer = streams.open({
    request: new Request('http://localhost/stream', { method: 'HEAD' }),
    server: null,
    produce: () => {
      throw new Error('nobody reads this');
    },
  });
  expect([answer.headers.get('content-type'), await answer.text(), streams.count()]).toEqual([
    'text/event-stream; charset=utf-8',
    '',
    0,
  ]);
});

test('a generator that fails cuts the stream', async () => {
  const { next, streams } = open(async function* () {
    yield { data: 1 };
    throw new Error('no more');
  });
  await next();
  await next();
  await expect(next()).rejects.toThrow();
  expect(streams.count()).toBe(0);
});

test('logging out ends the streams of that session, and no others', async () => {
  const world = await runsWorld();
  const [user, other] = [await world.person('user'), await world.person('other', 'moderator')];
  const path = `/api/v1/executions/${await world.execute(user)}/stream`;
  const own = await world.ask('GET', path, { as: user });
  await world.ask('GET', path, { as: other });
  await world.clock.settle();
  expect(world.api.streams.count()).toBe(2);
  await world.ask('POST', '/api/v1/auth/logout', { as: user });
  const text = own.text();
  await world.clock.advance(2_000);
  expect(await text).toContain('event: state');
  expect(world.api.streams.count()).toBe(1);
});
