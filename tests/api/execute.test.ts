// Running a script over the interface: what is taken, what is refused, and keys that make a request happen once.
import { beforeAll, describe, expect, test } from 'bun:test';
import { inputsOf } from '#src/app/executions/stored.ts';
import type { Person } from './api-world.ts';
import { type RunsWorld, runsWorld } from './runs-world.ts';

let world: RunsWorld;
let ada: Person;
let root: Person;

beforeAll(async () => {
  world = await runsWorld({
    runtimes: [
      { language: 'python', version: '3.9' },
      { language: 'python', version: '3.11' },
      { language: 'node', version: '22' },
      { language: 'node', version: '9' },
    ],
  });
  ada = await world.person('ada');
  root = await world.person('root', 'admin');
});

const execute = (body: object, as: Person | null = ada, headers: Record<string, string> = {}) =>
  world.ask('POST', '/api/v1/execute', { as, body, headers });
const inputOf = async (id: string) => (await inputsOf(world.deps.ports.documents).get(id))?.body;

describe('what is taken', () => {
  test('the shortest request runs Python 3.11 with all defaults', async () => {
    const answer = await execute({ script: '' });
    expect(answer.status).toBe(200);
    const body = await answer.json();
    expect(body).toEqual({ execution_id: expect.any(String), status: 'queued' });
    const record = await world.records.load('execution', body.execution_id);
    expect(record?.state).toBe('queued');
    expect(record?.fields).toMatchObject({ userId: ada.userId, priority: 'normal', language: 'python' });
    expect(await inputOf(body.execution_id)).toEqual({
      script: '',
      runtime: { language: 'python', version: '3.11' },
      args: [],
      files: [],
      env: {},
      stdin: 'closed',
      limits: {
        timeoutMs: 300_000,
        memoryBytes: 512 << 20,
        cpuMillis: 1_000,
        processesMax: 64,
        diskBytes: 64 << 20,
        outputBytes: 10 << 20,
      },
    });
  });

  test('every option reaches the stored input', async () => {
    const id = await world.execute(ada, {
      script: 'x',
      lang: 'node',
      args: ['a b', 'ü'],
      env: { COLOR: 'blue' },
      files: [
        { path: 'data/t.txt', content: 'aGk=', encoding: 'base64' },
        { path: 'helper.py', content: 'ü' },
      ],
      limits: { timeout_seconds: 2, memory: '64Mi', cpu: '1.5' },
      priority: 'low',
      unknown: 'is ignored',
    });
    expect(await inputOf(id)).toMatchObject({
      runtime: { language: 'node', version: '22' },
      args: ['a b', 'ü'],
      env: { COLOR: 'blue' },
      files: [
        { path: 'data/t.txt', base64: 'aGk=' },
        { path: 'helper.py', base64: 'w7w=' },
      ],
      limits: { timeoutMs: 2_000, memoryBytes: 64 << 20, cpuMillis: 1_500 },
    });
  });

  test('given input is in the log, ended, before the run is accepted', async () => {
    const id = await world.execute(ada, { stdin: 'grüße' });
    const [input] = await world.outputLog.readInput(id, 1, 0);
    expect(input?.end).toBe(true);
    expect(Buffer.from(input?.data ?? []).toString()).toBe('grüße');
    expect((await inputOf(id))?.stdin).toBe('given');
  });

  test('open input begins with what was given and stays open', async () => {
    const id = await world.execute(ada, { stdin: 'a', stdin_open: true });
    expect(await world.outputLog.readInput(id, 1, 0)).toMatchObject([{ number: 1, end: false }]);
    expect((await inputOf(id))?.stdin).toBe('open');
  });

  test('fifty thousand characters fit, whatever they are', async () => {
    expect((await execute({ script: '🐍'.repeat(50_000) })).status).toBe(200);
  });
});

describe('what is refused', () => {
  const file = (path: string, content = 'x', encoding = 'utf-8') => ({
    script: '',
    files: [{ path, content, encoding }],
  });
  test.each<[string, object]>([
    ['no script', {}],
    ['a script that is no text', { script: 5 }],
    ['one character too many', { script: 'x'.repeat(50_001) }],
    ['half a character', { script: '\ud800' }],
    ['an unknown language', { script: '', lang: 'cobol-74' }],
    ['a version that is not offered', { script: '', lang_version: '2.7' }],
    ['a limit that is no number', { script: '', limits: { timeout_seconds: 'soon' } }],
    ['a time limit above the system', { script: '', limits: { timeout_seconds: 301 } }],
    ['no time at all', { script: '', limits: { timeout_seconds: 0 } }],
    ['half a second', { script: '', limits: { timeout_seconds: 0.5 } }],
    ['memory above the system', { script: '', limits: { memory: '513Mi' } }],
    ['memory that is no amount', { script: '', limits: { memory: 'much' } }],
    ['processors above the system', { script: '', limits: { cpu: '2001m' } }],
    ['an unknown limit', { script: '', limits: { timeout: 1 } }],
    ['an unknown field of a file', { script: '', files: [{ path: 'a', content: '', mode: 7 }] }],
    ['a path that leaves the folder', file('../../etc/x')],
    ['a path that leaves it in the middle', file('a/../../x')],
    ['an absolute path', file('/etc/x')],
    ['an empty part', file('a//x')],
    ['the folder itself', file('.')],
    ['an empty path', file('')],
    ['a NUL in a path', file('a\0b')],
    ['the name of the script', file('main.py')],
    ['base64 that is none', file('a', 'a', 'base64')],
    ['an unknown encoding', file('a', 'a', 'latin1')],
    ['two files of one path', { script: '', files: [file('a').files, file('a').files].flat() }],
    ['a file that is a folder', { script: '', files: [file('a').files, file('a/b').files].flat() }],
    [
      'too many files',
      { script: '', files: Array.from({ length: 65 }, (_, n) => file(`f${n}`).files).flat() },
    ],
    ['too much in files', file('a', 'x'.repeat(5 * 1_048_576 + 1))],
    ['a variable with a bad name', { script: '', env: { 'A-B': '1' } }],
    ['a variable of the loader', { script: '', env: { LD_PRELOAD: 'x' } }],
    ['a variable of the interpreter', { script: '', env: { PYTHONHOME: 'x' } }],
    ['a NUL in a variable', { script: '', env: { A: '\0' } }],
    ['a variable that is no text', { script: '', env: { A: 1 } }],
    ['too many arguments', { script: '', args: Array.from({ length: 257 }, () => '') }],
    ['a NUL in an argument', { script: '', args: ['\0'] }],
    ['too much input', { script: '', stdin: 'x'.repeat(1_048_577) }],
    ['an unknown priority', { script: '', priority: 'urgent' }],
  ])('%s is 422', async (_, body) => {
    const answer = await execute(body);
    expect(answer.status).toBe(422);
    const { type, detail } = await answer.json();
    expect(type).toBe('ValidationError');
    expect(detail[0].loc[0]).toBe('body');
  });

  test('a priority above normal is for admins', async () => {
    expect((await execute({ script: '', priority: 'high' })).status).toBe(403);
    expect((await execute({ script: '', priority: 'critical' }, root)).status).toBe(200);
  });

  test('a guest is 401', async () => {
    expect((await execute({ script: '' }, null)).status).toBe(401);
  });
});

describe('idempotency keys', () => {
  const key = (text: string) => ({ 'idempotency-key': text });
  const idOf = async (answer: Response): Promise<string> => (await answer.json()).execution_id;

  test('the same key and request give the same run, also all at once', async () => {
    const answers = await Promise.all([1, 2, 3].map(() => execute({ script: 'a' }, ada, key('once'))));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    const ids = new Set(await Promise.all(answers.map(idOf)));
    expect(ids.size).toBe(1);
    expect(await idOf(await execute({ script: 'a' }, ada, key('once')))).toBe([...ids][0] ?? '');
  });

  test('another request under the key is 409, at once and later', async () => {
    await execute({ script: 'a' }, ada, key('two'));
    expect((await execute({ script: 'b' }, ada, key('two'))).status).toBe(409);
    const both = await Promise.all([
      execute({ script: 'a' }, ada, key('race')),
      execute({ script: 'b' }, ada, key('race')),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
  });

  test('keys of two users are two keys', async () => {
    const mine = await idOf(await execute({ script: 'a' }, ada, key('ours')));
    expect(await idOf(await execute({ script: 'a' }, root, key('ours')))).not.toBe(mine);
  });

  test('a key whose first request was refused may be used again', async () => {
    expect((await execute({ script: 'a', lang: 'cobol' }, ada, key('again'))).status).toBe(422);
    expect((await execute({ script: 'a' }, ada, key('again'))).status).toBe(200);
  });

  test('a key holds for a day, across midnight, and is free after it', async () => {
    const day = 24 * 60 * 60 * 1_000;
    const first = await idOf(await execute({ script: 'a' }, ada, key('day')));
    await world.clock.advance(day - 1);
    ada = await loggedIn('ada');
    expect(await idOf(await execute({ script: 'a' }, ada, key('day')))).toBe(first);
    await world.clock.advance(1);
    const second = await idOf(await execute({ script: 'a' }, ada, key('day')));
    expect(second).not.toBe(first);
    expect(await idOf(await execute({ script: 'a' }, ada, key('day')))).toBe(second);
  });

  test('a key that is no key is 422', async () => {
    expect((await execute({ script: 'a' }, ada, key('ü'))).status).toBe(422);
  });
});

async function loggedIn(name: string): Promise<Person> {
  const answer = await world.login(name);
  const cookie = answer.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ');
  return { name, userId: ada.userId, cookie, csrf: (await answer.json()).csrf_token };
}

test('a user whose quota of waiting runs is met is told to come again', async () => {
  const small = await runsWorld({ policy: { queuedPerUserMax: 2 } });
  const eve = await small.person('eve');
  await small.execute(eve, {}, { 'idempotency-key': 'kept' });
  await small.execute(eve);
  const refused = await small.ask('POST', '/api/v1/execute', { as: eve, body: { script: '' } });
  expect(refused.status).toBe(429);
  expect(await refused.json()).toMatchObject({ type: 'ThrottledError', retry_after: 5 });
  await small.api.services.securityLog.settled();
  expect(small.store.events().filter(({ type }) => type === 'quota_exceeded')).toHaveLength(1);
  // A repetition of what was accepted is no new run.
  expect(
    (
      await small.ask('POST', '/api/v1/execute', {
        as: eve,
        headers: { 'idempotency-key': 'kept' },
        body: { script: 'print(1)' },
      })
    ).status,
  ).toBe(200);
});
