// What a run wrote and what happened to it, over the interface: bytes, files and events.
import { beforeAll, beforeEach, describe, expect, test } from 'bun:test';
import type { Person } from './api-world.ts';
import { type RunsWorld, runsWorld } from './runs-world.ts';

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

const get = (path: string, headers: Record<string, string> = {}) =>
  world.ask('GET', `/api/v1/executions/${path}`, { as: ada, headers });

describe('output as bytes', () => {
  const all = Buffer.from([...Buffer.from('häß'), 0, 255, 10]);

  beforeEach(async () => {
    await world.begin(id);
    for (const byte of all) await world.write(id, [{ channel: 'stdout', data: Buffer.from([byte]) }]);
    await world.write(id, [{ channel: 'stderr', data: 'err' }]);
  });

  const bytes = async (answer: Response) => Buffer.from(await answer.arrayBuffer());

  test('is exactly what was written, as something that no browser runs', async () => {
    const answer = await get(`${id}/output?stream=stdout`);
    expect(await bytes(answer)).toEqual(all);
    expect(answer.headers.get('content-type')).toBe('application/octet-stream');
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(answer.headers.get('content-security-policy')).toStartWith('sandbox');
    expect(answer.headers.get('content-disposition')).toStartWith('attachment');
    expect((await bytes(await get(`${id}/output?stream=stderr`))).toString()).toBe('err');
    expect((await get(`${id}/output?stream=both`)).status).toBe(422);
  });

  test('begins at an offset', async () => {
    expect(await bytes(await get(`${id}/output?offset=3`))).toEqual(all.subarray(3));
    expect(await bytes(await get(`${id}/output?offset=99`))).toEqual(Buffer.alloc(0));
    expect((await get(`${id}/output?offset=-1`)).status).toBe(422);
  });

  test.each([
    ['bytes=0-1', 206, [0, 2], 'bytes 0-1/8'],
    ['bytes=2-', 206, [2, 8], 'bytes 2-7/8'],
    ['bytes=-3', 206, [5, 8], 'bytes 5-7/8'],
    ['bytes=5-99', 206, [5, 8], 'bytes 5-7/8'],
    ['bytes=0-1,3-4', 200, [0, 8], null],
    ['lines=1', 200, [0, 8], null],
  ])('range %s is %d', async (range, status, [from, to], contentRange) => {
    const answer = await get(`${id}/output`, { range });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-range')).toBe(contentRange);
    expect(await bytes(answer)).toEqual(all.subarray(from, to));
  });

  test('a range behind the end is refused with the size', async () => {
    const answer = await get(`${id}/output`, { range: 'bytes=8-' });
    expect([answer.status, answer.headers.get('content-range')]).toEqual([416, 'bytes */8']);
    expect((await answer.json()).type).toBe('RangeNotSatisfiableError');
  });
});

describe('artifacts', () => {
  const file = (name: string, parts: (string | Uint8Array)[]) => [
    {
      channel: 'artifact' as const,
      data: JSON.stringify({
        name,
        size: parts.reduce((sum, part) => sum + Buffer.from(part as string).length, 0),
      }),
    },
    ...parts.map((data) => ({ channel: 'artifact' as const, data })),
  ];

  test('are served whole and inert', async () => {
    await world.begin(id);
    await world.write(id, [
      ...file('empty.txt', []),
      ...file('plot.png', [Buffer.from([137, 80]), Buffer.from([78, 71])]),
      ...file('évil "x".svg', ['<svg/>']),
      ...file('page.html', ['<script>']),
    ]);
    const png = await get(`${id}/artifacts/plot.png`);
    expect(Buffer.from(await png.arrayBuffer())).toEqual(Buffer.from([137, 80, 78, 71]));
    expect(png.headers.get('content-type')).toBe('image/png');
    expect(png.headers.get('content-disposition')).toBe("inline; filename*=UTF-8''plot.png");
    const svg = await get(`${id}/artifacts/${encodeURIComponent('évil _x_.svg')}`);
    expect(await svg.text()).toBe('<svg/>');
    expect(svg.headers.get('content-type')).toBe('image/svg+xml');
    expect(svg.headers.get('content-disposition')).toBe("attachment; filename*=UTF-8''%C3%A9vil%20_x_.svg");
    expect(svg.headers.get('content-security-policy')).toBe("sandbox; default-src 'none'");
    expect(svg.headers.get('x-content-type-options')).toBe('nosniff');
    const html = await get(`${id}/artifacts/page.html`);
    expect(html.headers.get('content-type')).toBe('application/octet-stream');
    expect((await get(`${id}/artifacts/empty.txt`)).headers.get('content-length')).toBe('0');
  });

  test('that are not whole, or not there, are 404', async () => {
    await world.begin(id);
    await world.write(id, [{ channel: 'artifact', data: JSON.stringify({ name: 'a', size: 2 }) }]);
    await world.write(id, [{ channel: 'artifact', data: 'x' }]);
    expect((await get(`${id}/artifacts/a`)).status).toBe(404);
    expect((await get(`${id}/artifacts/b`)).status).toBe(404);
  });
});

describe('events', () => {
  test('are those of the run, oldest first, with script and output filled in', async () => {
    await world.begin(id);
    await world.write(id, [{ channel: 'stdout', data: 'hello' }]);
    await world.end(id);
    await world.settled();
    const events: { event_type: string; script?: string; stdout?: string; metadata: object }[] = await (
      await get(`${id}/events`)
    ).json();
    const types = events.map(({ event_type }) => event_type);
    expect(types).toContain('execution_requested');
    expect(types).toContain('result_stored');
    expect(events.find(({ event_type }) => event_type === 'execution_requested')?.script).toBe('print(1)');
    expect(events.find(({ event_type }) => event_type === 'execution_completed')?.stdout).toBe('hello');
    expect(events[0]?.metadata).toMatchObject({ service_name: 'api', environment: 'test' });
  });

  test('of its end are told at once, also before they came by', async () => {
    await world.begin(id);
    await world.end(id);
    const events: { event_id: string; event_type: string }[] = await (await get(`${id}/events`)).json();
    const types = events.map(({ event_type }) => event_type);
    expect(types.indexOf('execution_completed')).toBeLessThan(types.indexOf('result_stored'));
    expect(new Set(events.map(({ event_id }) => event_id)).size).toBe(events.length);
  });

  test('are filtered by one type or several, and limited', async () => {
    await world.begin(id);
    await world.settled();
    const typesOf = async (query: string) => {
      const events: { event_type: string }[] = await (await get(`${id}/events?${query}`)).json();
      return events.map(({ event_type }) => event_type).sort();
    };
    expect(await typesOf('event_types=execution_running')).toEqual(['execution_running']);
    expect(await typesOf('event_types=execution_running&event_types=execution_queued')).toEqual([
      'execution_queued',
      'execution_running',
    ]);
    expect(await typesOf('limit=2')).toHaveLength(2);
    expect((await get(`${id}/events?limit=0`)).status).toBe(422);
    expect((await get(`${id}/events?event_types=nonsense`)).status).toBe(422);
  });
});
