// A user's own runs, and what can be run here.
import { beforeAll, describe, expect, test } from 'bun:test';
import type { Person } from './api-world.ts';
import { type RunsWorld, runsWorld } from './runs-world.ts';

let world: RunsWorld;
let ada: Person;
const ids: string[] = [];

beforeAll(async () => {
  world = await runsWorld({
    runtimes: [
      { language: 'python', version: '3.11' },
      { language: 'python', version: '3.9' },
      { language: 'bash', version: '5.2' },
    ],
  });
  ada = await world.person('ada');
  const bob = await world.person('bob');
  await world.execute(bob, { script: 'print("bob")' });
  for (const body of [
    { script: '\n\n  # Alpha\nprint(1)' },
    { script: 'echo beta', lang: 'bash' },
    { script: '# alphabet' },
  ]) {
    ids.push(await world.execute(ada, body));
    await world.clock.advance(60_000);
  }
  await world.begin(ids[0] ?? '');
  await world.clock.advance(2_000);
  await world.end(ids[0] ?? '');
});

const list = async (query = '') => {
  const answer = await world.ask('GET', `/api/v1/user/executions${query}`, { as: ada });
  expect(answer.status).toBe(200);
  return answer.json();
};
const idsOf = (page: { executions: { execution_id: string }[] }) =>
  page.executions.map(({ execution_id }) => ids.indexOf(execution_id));

describe('own runs', () => {
  test('come newest first, with what a row shows', async () => {
    const page = await list();
    expect(page).toMatchObject({ total: 3, limit: 50, skip: 0, has_more: false });
    expect(idsOf(page)).toEqual([2, 1, 0]);
    expect(page.executions[2]).toMatchObject({
      status: 'completed',
      first_line: '# Alpha',
      duration: 2,
      stdout: 'preview',
      termination: { reason: 'exited' },
      lang: 'python',
    });
    expect(page.executions[0]).toMatchObject({ status: 'queued', ended_at: null, termination: null });
  });

  test('come in pages', async () => {
    const first = await list('?limit=2');
    expect(idsOf(first)).toEqual([2, 1]);
    expect(first.has_more).toBe(true);
    const second = await list('?limit=2&skip=2');
    expect(idsOf(second)).toEqual([0]);
    expect(second.has_more).toBe(false);
  });

  test('are filtered by status, language, time and text', async () => {
    expect(idsOf(await list('?status=queued'))).toEqual([2, 1]);
    expect(idsOf(await list('?lang=bash'))).toEqual([1]);
    expect(idsOf(await list('?search=ALPHA'))).toEqual([2, 0]);
    expect(idsOf(await list('?search=.*'))).toEqual([]);
    const second = (await list()).executions[1].created_at;
    expect(idsOf(await list(`?start_time=${second}`))).toEqual([2, 1]);
    expect(idsOf(await list(`?end_time=${second}`))).toEqual([1, 0]);
    expect(idsOf(await list(`?start_time=${second.replace('Z', '')}&end_time=${second}`))).toEqual([1]);
  });

  test.each(['?limit=0', '?limit=201', '?limit=x', '?skip=-1', '?status=done', '?start_time=soon'])(
    '%s is 422',
    async (query) => {
      const answer = await world.ask('GET', `/api/v1/user/executions${query}`, { as: ada });
      expect(answer.status).toBe(422);
    },
  );
});

test('limits and languages are shown, versions ascending', async () => {
  const answer = await world.ask('GET', '/api/v1/k8s-limits');
  expect(await answer.json()).toEqual({
    cpu_limit: '2000m',
    memory_limit: '512Mi',
    cpu_request: '1000m',
    memory_request: '512Mi',
    execution_timeout: 300,
    supported_runtimes: {
      python: { versions: ['3.9', '3.11'], file_ext: 'py' },
      bash: { versions: ['5.2'], file_ext: 'sh' },
    },
  });
});

test('there is an example for every language that is offered, and for no other', async () => {
  const { scripts } = await (await world.ask('GET', '/api/v1/example-scripts')).json();
  expect(Object.keys(scripts).sort()).toEqual(['bash', 'python']);
});
