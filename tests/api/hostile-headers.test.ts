// Headers and methods that nobody sends by mistake, for every route that the API document knows.
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { apiWorld } from './api-world.ts';
import { asked, type Expectation, faultsOf, judged, type Question } from './hostile-judge.ts';
import { pathFor, questionFor, type Route, routesOf } from './hostile-routes.ts';
import { type HostileWorld, hostileWorld, type Owner } from './hostile-world.ts';

const routes = routesOf(await apiWorld().api.document());
const named = (some: readonly Route[]) =>
  some.map((route) => [`${route.method} ${route.path}`, route] as const);

let world: HostileWorld;
let owner: Owner;
beforeAll(async () => {
  world = await hostileWorld();
  await world.person('founder', 'admin');
  owner = await world.owner();
});
afterAll(() => world.close());

const whole = (route: Route, rest: Partial<Question> & { name: string }) => questionFor(route, owner, rest);
const judge = (question: Question, expected: Expectation, as: Owner | null = owner) =>
  judged(world, as, question, expected);

const wrongCookies = [
  'access_token',
  'access_token=%',
  'access_token=""',
  'access_token=a.b.c',
  'access_token=eyJhbGciOiJub25lIn0.eyJzaWQiOiJ4In0.',
  'access_token=\u00ff\u00fe',
  ';;;===;=;',
  '=',
  '__proto__=x',
  `access_token=${'x'.repeat(50_000)}`,
  'a=b;'.repeat(10_000),
];
const wrongAuthorization = [
  '',
  'Bearer',
  'Bearer ',
  'Bearer x',
  'Bearer gr_',
  'Bearer gr___proto___x',
  'Bearer a b',
  'Basic eDp5',
  `Bearer ${'x'.repeat(50_000)}`,
  '\u00ff',
];
const forSomebody = routes.filter(
  ({ path }) => !/\/(setup|login|register|logout|k8s-limits|example-scripts|live|ready)$/.test(path),
);

test.each(named(forSomebody))('%s knows nobody by broken cookies or tokens', async (_, route) => {
  const faults: string[] = [];
  const headers = [
    ...wrongCookies.map((cookie) => ({ cookie })),
    ...wrongAuthorization.map((authorization) => ({ authorization })),
  ];
  for (const one of headers)
    faults.push(
      ...(await judge(
        whole(route, { name: JSON.stringify(one).slice(0, 40), headers: one }),
        'refused',
        null,
      )),
    );
  if (route.method !== 'GET')
    for (const csrf of [
      '',
      'x',
      `${owner.csrf}x`,
      owner.csrf.toUpperCase(),
      '\u00ff'.repeat(owner.csrf.length),
      'x'.repeat(50_000),
    ])
      faults.push(
        ...(await judge(
          whole(route, { name: `CSRF ${csrf.slice(0, 20)}`, headers: { 'x-csrf-token': csrf } }),
          'refused',
        )),
      );
  expect(faults).toEqual([]);
});

const keyed = routes.filter(({ parameters }) => parameters.some(({ name }) => name === 'idempotency-key'));
const wrongKeys = ['', '\u00e9', '\u00ff\u00fe', 'a\tb', 'x'.repeat(256), 'x'.repeat(10_240), 'a, b\u00a0'];

test.each(named(keyed))(
  '%s refuses an idempotency key of odd characters or of any length',
  async (_, route) => {
    const faults: string[] = [];
    for (const key of wrongKeys)
      faults.push(
        ...(await judge(
          whole(route, { name: `key ${key.slice(0, 20)}`, headers: { 'idempotency-key': key } }),
          'refused',
        )),
      );
    expect(faults).toEqual([]);
  },
);

const oddHeaders: readonly Record<string, string>[] = [
  ...[
    '',
    '-1',
    'x',
    '1.1',
    '1.1.-1',
    '9'.repeat(400),
    'NaN',
    '__proto__',
    '\u00ff',
    '1.2.3.4',
    '0.0.0',
    'x'.repeat(10_000),
  ].map((id) => ({ 'last-event-id': id })),
  ...[
    '',
    'bytes',
    'bytes=',
    'bytes=-',
    'bytes=x-y',
    'bytes=5-1',
    'bytes=0-0,1-1',
    'bytes=-0',
    `bytes=${'9'.repeat(400)}-`,
    'lines=1-2',
    'bytes=1e3-',
    '\u00ff',
  ].map((range) => ({ range })),
  ...['', 'x', '*/*;q=', 'text/html', '\u00ff'].map((accept) => ({ accept })),
  { 'content-length': '-1' },
  { 'content-length': 'x' },
  { 'transfer-encoding': 'chunked, chunked' },
  { 'content-encoding': 'gzip' },
  { expect: '100-continue' },
  { 'x-http-method-override': 'DELETE' },
  { 'x-forwarded-for': "'; DROP TABLE users" },
  { 'user-agent': '\u00ff'.repeat(5_000) },
  { 'if-none-match': '*', 'if-match': '"x"', 'if-modified-since': 'never' },
  { upgrade: 'websocket', connection: 'upgrade', 'sec-websocket-version': '13', 'sec-websocket-key': 'x' },
];

test.each(named(routes.filter(({ method }) => method === 'GET')))(
  '%s is not harmed by odd headers',
  async (_, route) => {
    const faults: string[] = [];
    for (const headers of oddHeaders)
      faults.push(
        ...(await judge(
          whole(route, { name: JSON.stringify(headers).slice(0, 50), headers }),
          'refused or taken',
        )),
      );
    expect(faults).toEqual([]);
    expect([world.api.streams.count(), world.liveFeed.subscribers()]).toEqual([0, 0]);
  },
);

test('a part of nothing is refused like everything else', async () => {
  const path = `/api/v1/executions/${owner.owned.execution_id}/output`;
  for (const range of ['bytes=5-', 'bytes=0-0', `bytes=${'9'.repeat(15)}-`]) {
    const answer = await asked(world, owner, { name: 'range', method: 'GET', path, headers: { range } });
    expect([range, answer.status, faultsOf(answer.status, await answer.text())]).toEqual([range, 416, []]);
    expect(answer.headers.get('content-range')).toBe('bytes */0');
    expect(answer.headers.get('content-type')).toStartWith('application/json');
    expect(answer.headers.get('content-disposition')).toBeNull();
  }
});

test('a method that a path does not have is refused with those that it has', async () => {
  const paths = Map.groupBy(routes, ({ path }) => path);
  const faults: string[] = [];
  for (const [path, some] of paths) {
    const [route] = some;
    if (route === undefined) continue;
    const known = some.map(({ method }) => method);
    if (known.includes('GET')) known.push('HEAD');
    for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
      if (known.includes(method)) continue;
      const question = { name: 'method', method, path: pathFor(route, owner) };
      const answer = await asked(world, owner, question);
      const text = await answer.text();
      const allowed = new Set(answer.headers.get('allow')?.split(', '));
      const shape = method === 'HEAD' ? [] : faultsOf(answer.status, text);
      if (answer.status !== 405 || shape.length > 0 || known.some((one) => !allowed.has(one)))
        faults.push(`${method} ${path}: ${answer.status} ${[...allowed]} ${shape} ${text.slice(0, 100)}`);
    }
  }
  expect(faults).toEqual([]);
});

test('HEAD answers as GET does, without a body, and opens nothing', async () => {
  const faults: string[] = [];
  for (const route of routes.filter(({ method }) => method === 'GET')) {
    const get = await asked(world, owner, whole(route, { name: 'get' }));
    await get.body?.cancel();
    const head = await asked(world, owner, whole(route, { name: 'head', method: 'HEAD' }));
    if (head.status !== get.status || (await head.text()) !== '')
      faults.push(`${route.path}: ${get.status}, ${head.status}`);
  }
  expect(faults).toEqual([]);
  expect([world.api.streams.count(), world.liveFeed.subscribers()]).toEqual([0, 0]);
});
