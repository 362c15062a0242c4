// One run over the interface: looked at, cancelled, repeated, typed into, downloaded.
import { beforeAll, beforeEach, describe, expect, test } from 'bun:test';
import type { Person } from './api-world.ts';
import { persons, type RunsWorld, runsWorld } from './runs-world.ts';

let world: RunsWorld;
let ada: Person;
let bob: Person;
let mod: Person;
let root: Person;
let id: string;

beforeAll(async () => {
  world = await runsWorld();
  ({ ada, bob, mod, root } = await persons(world));
});

beforeEach(async () => {
  id = await world.execute(ada, { args: ['a'] });
});

const get = (path: string, as: Person | null = ada, headers: Record<string, string> = {}) =>
  world.ask('GET', `/api/v1/executions/${path}`, { as, headers });
const post = (path: string, body: unknown = undefined, as: Person | null = ada) =>
  world.ask('POST', `/api/v1/executions/${path}`, { as, ...(body === undefined ? {} : { body }) });
const view = async () => (await get(id)).json();

describe('access', () => {
  const paths: readonly [string, string, unknown][] = [
    ['GET', '', undefined],
    ['GET', '/result', undefined],
    ['GET', '/events', undefined],
    ['GET', '/stream', undefined],
    ['GET', '/output', undefined],
    ['GET', '/artifacts/plot.png', undefined],
    ['POST', '/cancel', {}],
    ['POST', '/retry', undefined],
    ['POST', '/stdin', { data: 'x' }],
  ];

  test.each(paths)(
    '%s %s: a guest is 401, another user 403, an unknown run 404',
    async (method, rest, body) => {
      const ask = (as: Person | null, of: string) =>
        world.ask(method, `/api/v1/executions/${of}${rest}`, { as, ...(body === undefined ? {} : { body }) });
      expect((await ask(null, id)).status).toBe(401);
      const foreign = await ask(bob, id);
      expect(foreign.status).toBe(403);
      expect(await foreign.json()).toEqual({ detail: 'Access denied', type: 'ForbiddenError' });
      const unknown = await ask(ada, 'none');
      expect(unknown.status).toBe(404);
      expect(await unknown.json()).toEqual({ detail: 'Execution not found', type: 'NotFoundError' });
    },
  );

  test("the original's event stream asks for the same rights", async () => {
    const ask = (as: Person | null) => world.ask('GET', `/api/v1/events/executions/${id}`, { as });
    expect([(await ask(null)).status, (await ask(bob)).status]).toEqual([401, 403]);
  });

  test('a moderator reads every run and controls none', async () => {
    expect((await get(id, mod)).status).toBe(200);
    expect((await post(`${id}/cancel`, {}, mod)).status).toBe(403);
    expect((await post(`${id}/stdin`, { data: '' }, mod)).status).toBe(403);
  });

  test('an admin reads and cancels every run', async () => {
    expect((await get(`${id}/result`, root)).status).toBe(200);
    expect((await post(`${id}/cancel`, {}, root)).status).toBe(200);
  });
});

describe('view', () => {
  test('a waiting run shows its place in the queue and its deadline', async () => {
    const shown = await view();
    expect(shown).toMatchObject({
      execution_id: id,
      status: 'queued',
      saga_state: 'created',
      script: 'print(1)',
      args: ['a'],
      stdout: '',
      started_at: null,
      ended_at: null,
      termination: null,
      artifacts: [],
      attempts: [{ number: 1, pod_name: null, reason: null }],
    });
    expect(shown.queue.limit).toBe(10);
    expect(shown.queue.position).toBe(shown.queue.ahead + 1);
    expect(shown.deadline.at).toMatch(/Z$/);
  });

  test('a running run shows what it has written', async () => {
    await world.begin(id);
    await world.write(id, [
      { channel: 'stdout', data: Buffer.from([0xc3]) },
      { channel: 'stderr', data: 'oh' },
      { channel: 'stdout', data: Buffer.from([0xbc, 0xff]) },
    ]);
    const shown = await view();
    expect(shown).toMatchObject({ status: 'running', saga_state: 'running', queue: null });
    expect(shown).toMatchObject({ stdout: 'ü\uFFFD', stderr: 'oh', exit_code: null, resource_usage: null });
    expect(shown.output).toEqual({ stdout_bytes: 3, stderr_bytes: 2, truncated: false, sha256: null });
    expect(shown.attempts).toMatchObject([{ number: 1, pod_name: 'pod-1', ended_at: null }]);
  });

  test('a finished run shows why it ended, with evidence and usage', async () => {
    await world.begin(id);
    await world.end(id, { exitCode: 3 });
    const shown = await view();
    expect(shown).toMatchObject({ status: 'completed', exit_code: 3, error_type: 'script_error' });
    expect(shown.saga_state).toBe('compensating');
    expect(shown.termination.reason).toBe('exited');
    expect(shown.termination.message).not.toBe('');
    expect(shown.termination.evidence).toMatchObject({
      limits: { timeout_seconds: 300, memory: '512Mi', cpu: '1000m' },
      exit: { cause: 'exited', exit_code: 3, wall_seconds: 1.5 },
    });
    expect(shown.resource_usage).toEqual({
      execution_time_wall_seconds: 1.5,
      cpu_time_jiffies: 25,
      clk_tck_hertz: 100,
      peak_memory_kb: 9_766,
    });
    await world.bury(id);
    expect((await view()).saga_state).toBe('completed');
  });

  test('the result is the part of the view that the original knows', async () => {
    await world.begin(id);
    await world.write(id, [{ channel: 'stdout', data: 'hello\n' }]);
    await world.end(id);
    const answer = await get(`${id}/result`);
    expect(await answer.json()).toEqual({
      execution_id: id,
      status: 'completed',
      stdout: 'hello\n',
      stderr: '',
      lang: 'python',
      lang_version: '3.11',
      resource_usage: expect.any(Object),
      exit_code: 0,
      error_type: null,
      priority: 'normal',
    });
  });

  test('a lost attempt shows among the attempts, and only the last one speaks', async () => {
    await world.begin(id);
    await world.write(id, [{ channel: 'stdout', data: 'first' }]);
    await world.tell(id, { type: 'POD_LOST', attempt: 1, words: 'node gone', byOurDrain: false });
    await world.admit(id, 2);
    await world.write(id, [{ channel: 'stdout', data: 'second' }], 2);
    const shown = await view();
    expect(shown.stdout).toBe('second');
    expect(shown.attempts).toMatchObject([
      { number: 1, reason: 'lost' },
      { number: 2, reason: null },
    ]);
  });
});

describe('cancel', () => {
  test('is requested once, and then already cancelled, before and after the end', async () => {
    await world.begin(id);
    const first = await post(`${id}/cancel`, { reason: 'enough' });
    expect(first.status).toBe(200);
    expect(await first.json()).toEqual({
      execution_id: id,
      status: 'cancellation_requested',
      message: expect.any(String),
      event_id: expect.any(String),
    });
    expect((await (await post(`${id}/cancel`, {})).json()).status).toBe('already_cancelled');
    await world.end(id, { cause: 'stopped', exitCode: null, signal: 15 });
    expect((await view()).status).toBe('cancelled');
    expect((await (await post(`${id}/cancel`, {})).json()).status).toBe('already_cancelled');
  });

  test('of a run that only a newer version understands is to be asked again, and the run is shown all the same', async () => {
    await world.begin(id);
    const record = await world.records.load('execution', id);
    if (record === null) throw new Error('no such run');
    await world.records.commit({ ...record, version: record.version + 1, machineVersion: 99 });
    const answer = await post(`${id}/cancel`, {});
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
    expect(await answer.json()).toEqual({
      detail: 'This is being served by a newer version at the moment, try again',
      type: 'ServiceUnavailableError',
    });
    expect((await view()).status).toBe('running');
  });

  test('needs no body', async () => {
    const answer = await post(`${id}/cancel`);
    expect(answer.status).toBe(200);
  });

  test('is refused once the script has ended, before and after the verdict', async () => {
    await world.begin(id);
    const exit = {
      cause: 'exited',
      exitCode: 0,
      signal: null,
      usage: { wallMs: 1, cpuMs: 1, memoryPeakBytes: 1 },
    };
    const report = { ...exit, stdoutBytes: 0, stderrBytes: 0, truncated: false, detail: null };
    await world.tell(id, { type: 'POD_EXITED', attempt: 1, exit: report, last: 1 });
    const ending = await post(`${id}/cancel`, {});
    expect(ending.status).toBe(400);
    expect((await ending.json()).detail).toContain('Cannot cancel');
    const other = await world.execute(ada);
    await world.begin(other);
    await world.end(other);
    const over = await post(`${other}/cancel`, {});
    expect(over.status).toBe(400);
    expect(await over.json()).toEqual({
      detail: 'Cannot cancel execution in completed state',
      type: 'InvalidStateError',
    });
  });
});

describe('retry', () => {
  test('of an unfinished run is 400', async () => {
    expect((await post(`${id}/retry`)).status).toBe(400);
  });

  test('makes a new run of whoever asks, with the same script, options and input', async () => {
    const old = await world.execute(ada, {
      script: 'x',
      stdin: 'in',
      env: { A: '1' },
      limits: { memory: '64Mi' },
    });
    await world.begin(old);
    await world.end(old);
    const answer = await post(`${old}/retry`, undefined, root);
    expect(answer.status).toBe(200);
    const { execution_id: fresh, status } = await answer.json();
    expect(status).toBe('queued');
    expect(fresh).not.toBe(old);
    const record = await world.records.load('execution', fresh);
    expect(record?.fields.userId).toBe(root.userId);
    const [input] = await world.outputLog.readInput(fresh, 1, 0);
    expect(Buffer.from(input?.data ?? []).toString()).toBe('in');
    expect((await (await get(fresh, root)).json()).script).toBe('x');
  });
});

describe('input', () => {
  test('is in the log before the answer, in order, until its end', async () => {
    const open = await world.execute(ada, { stdin_open: true });
    expect((await post(`${open}/stdin`, { data: 'a\n' })).status).toBe(200);
    await world.begin(open);
    const last = await post(`${open}/stdin`, { data: '/w==', encoding: 'base64', eof: true });
    expect(await last.json()).toEqual({ execution_id: open, accepted_bytes: 1, closed: true });
    const inputs = await world.outputLog.readInput(open, 1, 0);
    expect(inputs.map(({ number, data, end }) => [number, [...data], end])).toEqual([
      [1, [97, 10], false],
      [2, [255], true],
    ]);
    expect((await post(`${open}/stdin`, { data: 'more' })).status).toBe(400);
  });

  test('under a key is typed once', async () => {
    const open = await world.execute(ada, { stdin_open: true });
    for (const _ of [1, 2]) {
      const headers = { 'idempotency-key': 'given' };
      const answer = await world.ask('POST', `/api/v1/executions/${open}/stdin`, {
        as: ada,
        headers,
        body: { data: 'x' },
      });
      expect(answer.status).toBe(200);
    }
    expect(await world.outputLog.readInput(open, 1, 0)).toHaveLength(1);
  });

  test('wakes whoever feeds the script', async () => {
    const open = await world.execute(ada, { stdin_open: true });
    let woken = 0;
    const leave = world.liveFeed.subscribe(`input:${open}:1`, () => {
      woken += 1;
    });
    await post(`${open}/stdin`, { data: 'x' });
    leave();
    expect(woken).toBe(1);
  });

  test('is 400 for a run without open input and for one that is over', async () => {
    expect((await post(`${id}/stdin`, { data: 'x' })).status).toBe(400);
    const open = await world.execute(ada, { stdin_open: true });
    await world.begin(open);
    await world.end(open);
    expect((await post(`${open}/stdin`, { data: 'x' })).status).toBe(400);
  });

  test('has at most 64 KiB at a time, and is what it says', async () => {
    const open = await world.execute(ada, { stdin_open: true });
    expect((await post(`${open}/stdin`, { data: 'x'.repeat(65_536) })).status).toBe(200);
    expect((await post(`${open}/stdin`, { data: 'x'.repeat(65_537) })).status).toBe(422);
    expect((await post(`${open}/stdin`, { data: 'ü', encoding: 'base64' })).status).toBe(422);
    expect((await post(`${open}/stdin`, { data: 'x', end: true })).status).toBe(422);
  });
});
