// Everybody's runs as an admin sees them, and what changing a run's priority does.
import { beforeAll, describe, expect, test } from 'bun:test';
import type { Person } from './api-world.ts';
import { type RunsWorld, runsWorld } from './runs-world.ts';

let world: RunsWorld;
let ada: Person;
let root: Person;
let [waiting, running, over] = ['', '', ''];

beforeAll(async () => {
  world = await runsWorld();
  ada = await world.person('ada');
  root = await world.person('root', 'admin');
  over = await world.execute(ada, { script: 'print("over")' });
  await world.begin(over);
  await world.end(over, { exitCode: 3 });
  await world.bury(over);
  await world.clock.advance(10);
  running = await world.execute(root, { script: 'print("running")', priority: 'high' });
  await world.begin(running);
  await world.clock.advance(10);
  waiting = await world.execute(ada, { script: 'print("waiting")' });
});

const get = (query = '', as = root) => world.ask('GET', `/api/v1/admin/executions${query}`, { as });
const ids = async (query: string) =>
  (await (await get(query)).json()).executions.map((row: { execution_id: string }) => row.execution_id);
const setPriority = (id: string, priority: unknown, as = root) =>
  world.ask('PUT', `/api/v1/admin/executions/${id}/priority`, { as, body: { priority, other: 'ignored' } });

describe('the list', () => {
  test('has everybody’s runs, newest first, each whole', async () => {
    for (const path of ['', '/']) expect(await ids(path)).toEqual([waiting, running, over]);
    const body = await (await get('?limit=1&skip=2')).json();
    expect(body).toMatchObject({ total: 3, limit: 1, skip: 2, has_more: false });
    expect(body.executions).toEqual([
      {
        execution_id: over,
        script: 'print("over")',
        status: 'completed',
        lang: 'python',
        lang_version: '3.11',
        stdout: 'preview',
        stderr: '',
        exit_code: 3,
        error_type: 'script_error',
        priority: 'normal',
        user_id: ada.userId,
        created_at: '2026-11-25T00:00:00.000Z',
        updated_at: '2026-11-25T00:00:00.000Z',
      },
    ]);
  });

  test('is narrowed by status, priority and user', async () => {
    expect(await ids('?status=queued')).toEqual([waiting]);
    expect(await ids('?priority=high')).toEqual([running]);
    expect(await ids(`?user_id=${ada.userId}&status=completed`)).toEqual([over]);
    expect(await ids('?user_id=nobody')).toEqual([]);
  });

  test.each(['?limit=0', '?limit=201', '?skip=-1', '?status=done', '?priority=urgent'])(
    '%s is 422',
    async (query) => {
      expect((await get(query)).status).toBe(422);
    },
  );

  test('is for admins', async () => {
    expect((await get('', ada)).status).toBe(403);
    expect((await get('/queue', ada)).status).toBe(403);
    expect((await setPriority(waiting, 'critical', ada)).status).toBe(403);
  });
});

test('the queue is told as the original interface does', async () => {
  expect(await (await get('/queue')).json()).toEqual({
    queue_depth: 1,
    active_count: 1,
    max_concurrent: 10,
    by_priority: { critical: 0, high: 0, normal: 1, low: 0, background: 0 },
  });
});

describe('the priority', () => {
  test('of a run that waits is changed, and the order with it', async () => {
    const first = await world.execute(ada);
    const second = await world.execute(ada);
    const answer = await setPriority(second, 'critical');
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({
      execution_id: second,
      priority: 'critical',
      status: 'queued',
    });
    await world.clock.advance(10_000);
    const place = async (id: string) =>
      (await (await world.ask('GET', `/api/v1/executions/${id}`, { as: root })).json()).queue.position;
    expect(await place(second)).toBe(1);
    expect(await place(first)).toBeGreaterThan(1);
    expect((await world.records.load('execution', second))?.fields.priority).toBe('critical');
  });

  test('that it has already is no fault', async () => {
    expect((await setPriority(waiting, 'normal')).status).toBe(200);
    expect((await setPriority(running, 'high')).status).toBe(200);
  });

  test('of a run that waits no more stays', async () => {
    for (const [id, state] of [
      [running, 'running'],
      [over, 'completed'],
    ] as const) {
      const answer = await setPriority(id, 'low');
      expect(answer.status).toBe(400);
      expect(await answer.json()).toMatchObject({
        type: 'InvalidStateError',
        detail: `Cannot change the priority of an execution in ${state} state`,
      });
    }
  });

  test('of an unknown run is 404, an unknown priority 422', async () => {
    expect((await setPriority('nothing', 'low')).status).toBe(404);
    expect((await setPriority(waiting, 'urgent')).status).toBe(422);
    expect((await setPriority(waiting, null)).status).toBe(422);
  });
});
