// What people ask who mean no good, as far as the answer depends on the store and on there being two interfaces: names that could
// be operators, paths or patterns, pages beyond everything, positions that never were, and the same thing at both in one moment.
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { adminClient, type Client, login } from '#tests/support/client.ts';
import { until } from '#tests/support/until.ts';
import { createDeployment, type Deployment, serversHere } from './deployment.ts';
import { endOf, outputOf, submit, viewOf } from './runs.ts';

const timeoutMs = 180_000;
const queuedMax = 4;
const password = 'correct horse battery';

let fleet: Deployment;
let here: Client;
let there: Client;
beforeAll(async () => {
  fleet = await createDeployment({
    servers: serversHere(),
    seats: {
      'api-1': 'api',
      'api-2': 'api',
      back: 'saga-orchestrator,result-processor,dlq-processor,event-replay',
      worker: 'k8s-worker,pod-monitor',
    },
    environment: { GREENROOM_EXECUTION_QUEUED_PER_USER: String(queuedMax) },
  });
  await Promise.all(fleet.names.map(fleet.start));
  here = await adminClient({ url: fleet.url('api-1'), setupToken: fleet.setupToken('api-1') });
  there = here.at(fleet.url('api-2'));
}, timeoutMs);
afterAll(async () => {
  expect(fleet.fallen()).toEqual([]);
  expect(await fleet.close()).toEqual([]);
}, timeoutMs);

const register = (url: string, username: unknown, email: string): Promise<Response> =>
  fetch(`${url}/api/v1/auth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, email, password }),
  });

async function personNamed(username: string): Promise<Client> {
  const answer = await register(fleet.url('api-1'), username, `${username}@example.org`);
  if (!answer.ok) throw new Error(`registering: ${answer.status} ${await answer.text()}`);
  return login(fleet.url('api-1'), username, password);
}

/** Texts that mean something to a store, a shell, a path or a pattern. */
const oddTexts = [
  '$where',
  '$gt',
  '{"$gt":""}',
  'a.b.$c',
  '..',
  '../../etc/passwd',
  '__proto__',
  'constructor',
  '.*',
  '(a+)+$',
  '%',
  '*',
  "' OR 1=1 --",
  '\u0000',
  '\ud83d\ude00'.repeat(20),
  'x'.repeat(5_000),
];

test(
  'no id is anything but an id',
  async () => {
    for (const text of oddTexts) {
      const id = encodeURIComponent(text);
      for (const path of [
        `/executions/${id}`,
        `/executions/${id}/output`,
        `/executions/${id}/events`,
        `/executions/${id}/result`,
        `/executions/${id}/artifacts/${id}`,
      ]) {
        const { status } = await here.get(path);
        expect([path.slice(0, 80), [400, 404, 422].includes(status), status]).toEqual([
          path.slice(0, 80),
          true,
          status,
        ]);
      }
      const { status } = await here.post(`/executions/${id}/cancel`, { reason: text.slice(0, 100) });
      expect([text.slice(0, 80), [400, 404, 422].includes(status)]).toEqual([text.slice(0, 80), true]);
    }
  },
  timeoutMs,
);

test(
  'a search finds what is written so, and nothing is an operator, however the question is put',
  async () => {
    const person = await personNamed('searcher');
    const ids: string[] = [];
    for (const text of ['a.b.$c', '(a+)+$', '.*']) {
      const id = await submit(person, `# ${text}\nprint('${text}')`);
      await endOf(person, id);
      ids.push(id);
    }
    const found = async (query: string): Promise<{ status: number; total: number | undefined }> => {
      const answer = await person.get(`/user/executions?${query}`);
      const { total } = (await answer.json()) as { total?: number };
      return { status: answer.status, total };
    };
    for (const text of ['a.b.$c', '(a+)+$', '.*'])
      expect([text, await found(`search=${encodeURIComponent(text)}`)]).toEqual([
        text,
        { status: 200, total: 1 },
      ]);
    for (const text of ['$where', '{"$gt":""}', '^', '.', '__proto__', '%'])
      expect((await found(`search=${encodeURIComponent(text)}`)).status).toBe(200);
    expect(await found(`search=${encodeURIComponent('a+b+$')}`)).toEqual({ status: 200, total: 0 });
    // A parameter that there is not says nothing.
    for (const query of ['lang[$ne]=python', 'status[$ne]=completed', '$where=false'])
      expect([query, await found(query)]).toEqual([query, { status: 200, total: 3 }]);
    expect((await found('status=%24ne')).status).toBe(422);
    expect(await found('lang=%24ne')).toEqual({ status: 200, total: 0 });
  },
  timeoutMs,
);

test(
  'a page beyond everything is empty, and one that is too large is refused',
  async () => {
    for (const path of ['/user/executions', '/admin/executions/']) {
      for (const skip of ['1000000', '2147483648']) {
        const answer = await there.get(`${path}?limit=200&skip=${skip}`);
        expect([path, skip, answer.status]).toEqual([path, skip, 200]);
        expect(((await answer.json()) as { executions: unknown[] }).executions).toEqual([]);
      }
      for (const query of ['limit=201', 'limit=-1', 'skip=-1', 'skip=1e400', 'skip=9007199254740993'])
        expect([query, (await there.get(`${path}?${query}`)).status]).toEqual([query, 422]);
    }
  },
  timeoutMs,
);

test(
  'what is given to a script comes to it byte for byte, whatever it would mean elsewhere',
  async () => {
    const args = oddTexts.filter((text) => text !== '\u0000' && text.length < 1_000);
    const script = 'import json, sys\nprint(json.dumps(sys.argv[1:]))';
    const id = await submit(here, script, { args, env: { ODD: '$where.a.b' } });
    await endOf(there, id);
    expect(JSON.parse(await outputOf(there, id))).toEqual(args);
    const view = (await viewOf(there, id)) as unknown as { script: string };
    expect(view.script).toBe(script);
  },
  timeoutMs,
);

test(
  'keys that look like operators, paths or each other are keys of their own',
  async () => {
    const keys = ['$set', 'a.b', 'a%2Eb', '..', '../a', '*', '.*', '__proto__', '{"$gt":""}', 'key:admin:1'];
    const made = new Map<string, string>();
    for (const key of keys) {
      const ask = async (client: Client): Promise<string> => {
        const answer = await client.post(
          '/execute',
          { script: `print(${JSON.stringify(key)})`, lang: 'python' },
          { 'idempotency-key': key },
        );
        expect([key, answer.status]).toEqual([key, 200]);
        return ((await answer.json()) as { execution_id: string }).execution_id;
      };
      const id = await ask(here);
      expect(await ask(there)).toBe(id);
      expect(made.get(id)).toBeUndefined();
      made.set(id, key);
      await endOf(here, id);
    }
  },
  timeoutMs,
);

test(
  'a stream that is asked to go on where there never was anything ends all the same, and tells the end',
  async () => {
    const id = await submit(here, "print('all')");
    await endOf(here, id);
    for (const position of [
      '999999.1.1',
      '-1.-1.-1',
      '$gt.0.0',
      '0.0.99999999999999999999',
      'x',
      '1.1.1.1',
    ]) {
      const answer = await there.get(`/executions/${id}/stream`, { 'last-event-id': position });
      const text = answer.status === 200 ? await answer.text() : '';
      const honest = [204, 400, 422].includes(answer.status) || text.includes('event: end');
      expect([position, answer.status, honest]).toEqual([position, answer.status, true]);
    }
  },
  timeoutMs,
);

test(
  'one name that is registered at both interfaces in one moment is one account',
  async () => {
    const urls = [fleet.url('api-1'), fleet.url('api-2')];
    for (const name of ['twin', 'Zwilling.Ä', 'a.b$c']) {
      const asks = Array.from({ length: 8 }, (_, number) =>
        register(
          urls[number % 2] ?? '',
          number < 4 ? name : name.toUpperCase(),
          `${number}.${name.length}@example.org`,
        ),
      );
      const statuses = (await Promise.all(asks)).map(({ status }) => status);
      const made = statuses.filter((status) => status === 200).length;
      // A name that is refused is refused everywhere.
      const refused = statuses.every((status) => status === 422);
      expect([name, refused ? 'refused' : made, statuses]).toEqual([name, refused ? 'refused' : 1, statuses]);
      if (!refused)
        expect(
          statuses.filter((status) => status !== 200).every((status) => status === 409 || status === 400),
        ).toBe(true);
    }
    const asks = Array.from({ length: 6 }, (_, number) =>
      register(urls[number % 2] ?? '', `mail-${number}`, 'One.Address@example.org'),
    );
    const made = (await Promise.all(asks)).filter(({ status }) => status === 200);
    expect(made).toHaveLength(1);
    for (const name of [{ $gt: '' }, ['twin'], null, 7])
      expect((await register(urls[0] ?? '', name, 'odd@example.org')).status).toBe(422);
    const answer = await fetch(`${urls[0]}/api/v1/auth/login`, {
      method: 'POST',
      body: new URLSearchParams({ 'username[$ne]': 'x', 'password[$ne]': 'x' }),
    });
    expect(answer.status).toBe(422);
  },
  timeoutMs,
);

test(
  "another person's run is nobody else's at the other interface either, and what only admins may is theirs alone",
  async () => {
    const person = await personNamed('somebody');
    const stranger = (await personNamed('stranger')).at(fleet.url('api-2'));
    const id = await submit(person, "import time\nprint('mine', flush=True)\ntime.sleep(100)");
    for (const path of [`/executions/${id}`, `/executions/${id}/output`, `/executions/${id}/stream`])
      expect([path, (await stranger.get(path)).status]).toEqual([path, 403]);
    expect((await stranger.post(`/executions/${id}/cancel`, {})).status).toBe(403);
    expect((await stranger.get('/admin/executions/')).status).toBe(403);
    expect((await stranger.post('/admin/queue/pause', { reason: 'mine' })).status).toBe(403);
    expect((await there.post(`/executions/${id}/cancel`, {})).status).toBe(200);
    expect((await endOf(person, id)).termination?.reason).toBe('cancelled');
  },
  timeoutMs,
);

test(
  'what waits for one person is bounded at both interfaces together, but for what each had under way',
  async () => {
    const person = await personNamed('crowd');
    const both = [person, person.at(fleet.url('api-2'))];
    expect((await here.post('/admin/queue/pause', { reason: 'so that all wait' })).status).toBe(200);
    try {
      const wait = async (): Promise<boolean> => {
        const answer = await there.get('/admin/queue');
        return ((await answer.json()) as { paused: object | null }).paused !== null;
      };
      await until(wait, 10_000);
      const asks = Array.from({ length: 10 * both.length }, (_, number) =>
        (both[number % 2] ?? person).post('/execute', { script: `print(${number})`, lang: 'python' }),
      );
      const statuses = (await Promise.all(asks)).map(({ status }) => status);
      const accepted = statuses.filter((status) => status === 200).length;
      expect(statuses.every((status) => status === 200 || status === 429)).toBe(true);
      expect(accepted).toBeGreaterThanOrEqual(queuedMax);
      expect(accepted).toBeLessThanOrEqual(queuedMax * both.length);
      for (const client of both) {
        const answer = await client.post('/execute', { script: 'print(0)', lang: 'python' });
        expect([answer.status, answer.headers.get('retry-after') !== null]).toEqual([429, true]);
      }
    } finally {
      expect((await there.post('/admin/queue/resume', { reason: 'done' })).status).toBe(200);
    }
    await until(async () => {
      const answer = await person.get('/user/executions?status=completed');
      return ((await answer.json()) as { total: number }).total >= queuedMax;
    }, 60_000);
  },
  timeoutMs,
);
