// A run followed while it happens, and taken up again anywhere: no byte is missing, none comes twice.
import { beforeAll, beforeEach, describe, expect, test } from 'bun:test';
import { httpServer } from '#src/api/http-server.ts';
import type { Person } from './api-world.ts';
import { type EventReader, type Frame, readEvents } from './event-source.ts';
import { type RunsWorld, runsWorld, type Written } from './runs-world.ts';

let world: RunsWorld;
let ada: Person;
let id: string;

beforeAll(async () => {
  world = await runsWorld();
  ada = await world.person('ada');
});

beforeEach(async () => {
  id = await world.execute(ada);
});

const open = (lastId?: string) =>
  world.ask('GET', `/api/v1/executions/${id}/stream`, {
    as: ada,
    headers: lastId === undefined ? {} : { 'last-event-id': lastId },
  });
const follow = async (lastId?: string): Promise<EventReader> => readEvents(await open(lastId));
const all = async (lastId?: string): Promise<Frame[]> => (await follow(lastId)).rest();

const bytesOf = (frames: readonly Frame[], stream = 'stdout'): Buffer =>
  Buffer.concat(
    frames
      .filter(({ event, data }) => event === 'output' && data.stream === stream)
      .map(({ data }) =>
        data.text === undefined ? Buffer.from(data.base64 ?? '', 'base64') : Buffer.from(data.text, 'utf8'),
      ),
  );
const out = (data: string | Uint8Array): Written => ({ channel: 'stdout', data });

const snake = Buffer.from('█');
const written: Written[] = [
  out('plain\n'),
  out(snake.subarray(0, 1)),
  out(snake.subarray(1)),
  { channel: 'stderr', data: 'error\r\n' },
  out(Buffer.from([0xff, 0xfe, 0x00])),
  out('\uFEFFmark'),
  out('\uFFFD'),
];
const stdout = Buffer.concat(
  written.filter(({ channel }) => channel === 'stdout').map(({ data }) => Buffer.from(data as string)),
);

async function finished(): Promise<void> {
  await world.begin(id);
  await world.write(id, written);
  await world.write(id, [
    { channel: 'artifact', data: '{"name":"plot.png","size":3}' },
    { channel: 'artifact', data: 'ab' },
    { channel: 'artifact', data: 'c' },
  ]);
  await world.end(id, { exitCode: 3 });
}

describe('a run that is over', () => {
  test('is told whole: state, output, artifacts, end', async () => {
    await finished();
    const frames = await all();
    expect(frames.map(({ event }) => event)).toEqual([
      'state',
      ...written.map(() => 'output'),
      'artifact',
      'end',
    ]);
    expect(frames[0]?.data).toMatchObject({ status: 'completed', saga_state: 'compensating', attempt: 1 });
    expect(bytesOf(frames)).toEqual(stdout);
    expect(bytesOf(frames, 'stderr').toString()).toBe('error\r\n');
    expect(frames.find(({ event }) => event === 'artifact')?.data).toEqual({
      attempt: 1,
      name: 'plot.png',
      content_type: 'image/png',
      size: 3,
    });
    const end = frames.at(-1)?.data;
    expect(end?.termination?.reason).toBe('exited');
    expect(end?.result).toMatchObject({ status: 'completed', exit_code: 3, stderr: 'error\r\n' });
  });

  test('gives the same from every position, and nothing after its end', async () => {
    await finished();
    const frames = await all();
    for (const [index, { id: position }] of frames.entries()) {
      const rest = frames.slice(index + 1);
      const answer = await open(position ?? '');
      if (rest.length === 0) expect(answer.status).toBe(204);
      else expect(await readEvents(answer).rest()).toEqual(rest);
    }
  });

  test('carries an id of turn, attempt and number in every frame', async () => {
    await finished();
    for (const { id: position } of await all()) expect(position).toMatch(/^\d+\.1\.(-1|\d+)$/);
  });

  test('is told anew to a reader whose position is none of ours', async () => {
    await finished();
    const frames = await all();
    for (const position of ['nonsense', '1.9.0', '999.1.0', '1.0.0'])
      expect(await all(position)).toEqual(frames);
  });

  test('has an empty output where it never ran', async () => {
    await world.ask('POST', `/api/v1/executions/${id}/cancel`, { as: ada, body: {} });
    await world.outputLog.append(id, 1, [{ kind: 'seal', number: 0, seal: { last: -1 } }]);
    const summary = { stdoutBytes: 0, stderrBytes: 0, truncated: false, sha256: '', artifacts: [] };
    const preview = { stdout: '', stderr: '' };
    await world.tell(id, {
      type: 'RESULT_SEALED',
      attempt: 1,
      exit: null,
      summary: { last: -1, ...summary, preview },
    });
    const frames = await all();
    expect(frames.map(({ event }) => event)).toEqual(['state', 'end']);
    expect(frames[1]?.data.termination?.reason).toBe('cancelled');
    expect((await open(frames[1]?.id ?? '')).status).toBe(204);
  });

  test('ends also where its output could not be kept', async () => {
    await world.begin(id);
    await world.write(id, [out('kept')]);
    await world.tell(id, { type: 'POD_LOST', attempt: 1, words: 'gone', byOurDrain: false });
    await world.admit(id, 2);
    await world.write(id, [out('again')], 2);
    await world.tell(id, { type: 'POD_LOST', attempt: 2, words: 'gone', byOurDrain: false });
    await world.tell(id, { type: 'RESULT_FAILED', attempt: 2, words: 'no room' });
    const frames = await all();
    expect(bytesOf(frames).toString()).toBe('again');
    expect(frames.at(-1)?.data.termination?.reason).toBe('result_lost');
  });
});

describe('a run that goes on', () => {
  test('is told as it happens, each wake leading to a read at once', async () => {
    const reader = await follow();
    expect((await reader.next())?.data).toMatchObject({ status: 'queued', queue: { limit: 10 } });
    await world.admit(id);
    expect((await reader.next())?.data).toMatchObject({ status: 'scheduled', saga_state: 'running' });
    await world.tell(id, { type: 'POD_RUNNING', attempt: 1, podName: 'pod-1' });
    expect((await reader.next())?.data).toMatchObject({ status: 'running' });
    for (const text of ['a', 'b', 'c']) {
      await world.write(id, [out(text)]);
      expect((await reader.next())?.data).toMatchObject({ attempt: 1, stream: 'stdout', text });
    }
    await world.end(id);
    const rest = await reader.rest();
    expect(rest.at(-1)?.event).toBe('end');
    expect(rest.filter(({ event }) => event === 'end')).toHaveLength(1);
    expect(world.liveFeed.subscribers()).toBe(0);
  });

  test('is looked at each second though no hint came', async () => {
    await world.begin(id);
    const reader = await follow();
    await reader.next();
    const frame = { number: 1, channel: 'stdout' as const, at: 0, data: Buffer.from('quiet') };
    await world.outputLog.append(id, 1, [{ kind: 'frame', frame }]);
    const next = reader.next();
    await world.clock.advance(1_000);
    expect((await next)?.data.text).toBe('quiet');
    await reader.leave();
  });

  test('is taken up where a reader was cut, without gap or repetition', async () => {
    await world.begin(id);
    const first = await follow();
    await world.write(id, [out('1'), out('2'), out('3')]);
    const seen: Frame[] = [];
    for (let index = 0; index < 3; index += 1) {
      const frame = await first.next();
      if (frame !== null) seen.push(frame);
    }
    await first.leave();
    const second = await follow(seen.at(-1)?.id ?? '');
    await world.write(id, [out('4')]);
    await world.end(id);
    expect(bytesOf([...seen, ...(await second.rest())]).toString()).toBe('1234');
  });

  test('a next attempt shows as a state, and its output after it', async () => {
    await world.begin(id);
    await world.write(id, [out('first')]);
    const reader = await follow();
    expect((await reader.next())?.event).toBe('state');
    const cut = await reader.next();
    expect(cut?.data.text).toBe('first');
    await world.write(id, [out(' more')]);
    await world.tell(id, { type: 'POD_LOST', attempt: 1, words: 'gone', byOurDrain: false });
    await world.admit(id, 2);
    await world.write(id, [out('second')], 2);
    await world.end(id, {}, 2);
    const rest = await reader.rest();
    const attempts = rest.map(({ event, data }) => `${event} ${data.attempt ?? ''}`);
    expect(attempts.indexOf('state 2')).toBeLessThan(attempts.indexOf('output 2'));
    expect(attempts.lastIndexOf('output 1')).toBeLessThan(attempts.indexOf('state 2'));
    expect(bytesOf(rest.filter(({ data }) => data.attempt === 2)).toString()).toBe('second');
    // Who comes later is told of the last attempt only; who was cut in the first hears the rest of it.
    expect(bytesOf(await all()).toString()).toBe('second');
    expect(bytesOf(await all(cut?.id ?? '')).toString()).toBe(' moresecond');
  });

  test('a reader that leaves is forgotten at once', async () => {
    await world.begin(id);
    const readers = [await follow(), await follow()];
    for (const reader of readers) await reader.next();
    expect(world.liveFeed.subscribers()).toBe(2);
    for (const reader of readers) await reader.leave();
    await world.clock.settle();
    expect(world.liveFeed.subscribers()).toBe(0);
    expect(world.api.streams.count()).toBe(0);
  });

  test('a server that drains lets its readers go', async () => {
    const own = await runsWorld();
    const eve = await own.person('eve');
    const run = await own.execute(eve);
    const reader = readEvents(await own.ask('GET', `/api/v1/executions/${run}/stream`, { as: eve }));
    await reader.next();
    own.api.streams.drain();
    expect(await reader.rest()).toEqual([]);
    await own.clock.settle();
    expect(own.liveFeed.subscribers()).toBe(0);
  });
});

test('a reader whose connection is reset leaves no subscriber behind', async () => {
  const own = await runsWorld();
  const eve = await own.person('eve');
  const run = await own.execute(eve);
  const server = httpServer(own.api, { hostname: '127.0.0.1', port: 0, clock: own.clock, drainMs: 1_000 });
  const { url } = await server.start();
  const cut = new AbortController();
  const answer = await fetch(`${url}/api/v1/executions/${run}/stream`, {
    headers: { cookie: eve.cookie },
    signal: cut.signal,
  });
  expect((await readEvents(answer).next())?.event).toBe('state');
  expect(own.liveFeed.subscribers()).toBe(1);
  cut.abort();
  while (own.liveFeed.subscribers() > 0) await own.clock.settle();
  expect(own.api.streams.count()).toBe(0);
  await server.stop();
});

describe("the original's stream", () => {
  const events = async () =>
    readEvents(await world.ask('GET', `/api/v1/events/executions/${id}`, { as: ada }));
  const typeOf = (frame: Frame | null) => frame?.data.event_type;

  test('tells the status, then every event, the terminal one before the result, and ends', async () => {
    const reader = await events();
    const first = await reader.next();
    expect(first).toMatchObject({ event: 'message', data: { event_type: 'status', status: 'queued' } });
    await world.begin(id);
    await world.write(id, [out('hello')]);
    await world.end(id);
    const rest = await reader.rest();
    expect(rest.map(typeOf)).toEqual([
      'pod_created',
      'execution_started',
      'pod_running',
      'execution_running',
      'pod_succeeded',
      'pod_terminated',
      'saga_compensating',
      'execution_completed',
      'result_stored',
    ]);
    expect(rest.every(({ data }) => data.execution_id === id && data.status !== null)).toBe(true);
    expect(rest.map(({ data }) => data.status)).toEqual([
      'scheduled',
      'scheduled',
      'running',
      'running',
      'running',
      'running',
      'completed',
      'completed',
      'completed',
    ]);
    expect(rest.at(-1)?.data.result).toMatchObject({ stdout: 'hello', exit_code: 0, status: 'completed' });
    expect(rest.slice(0, -1).every(({ data }) => data.result === null)).toBe(true);
    expect(world.liveFeed.subscribers()).toBe(0);
  });

  test('of a run that is over tells the status and the result at once', async () => {
    await finished();
    const frames = await (await events()).rest();
    expect(frames.map(typeOf)).toEqual(['status', 'result_stored']);
    expect(frames.every(({ data }) => data.status === 'completed')).toBe(true);
    expect(frames[1]?.data.result?.exit_code).toBe(3);
  });

  test('tells result_failed where the output could not be kept', async () => {
    await world.admit(id);
    await world.tell(id, { type: 'POD_UNSTARTABLE', attempt: 1, words: 'no image', retryable: false });
    const reader = await events();
    await reader.next();
    await world.tell(id, { type: 'RESULT_FAILED', attempt: 1, words: 'no room' });
    const rest = await reader.rest();
    expect(rest.map(typeOf).slice(-2)).toEqual(['execution_failed', 'result_failed']);
    expect((await (await events()).rest()).map(typeOf)).toEqual(['status', 'result_failed']);
  });
});
