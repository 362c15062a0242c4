// Paths, queries, headers and methods that nobody sends by mistake, for every route that the API document knows.
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { apiWorld } from './api-world.ts';
import { asked, type Expectation, faultsOf, judged, type Question } from './hostile-judge.ts';
import { type Parameter, pathFor, type Route, routesOf } from './hostile-routes.ts';
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

const bodyFor = ({ example, body }: Route) => {
  if (example === undefined || body === null) return {};
  const isForm = body.mediaType !== 'application/json';
  return { body: isForm ? new URLSearchParams({ ...example }).toString() : JSON.stringify(example) };
};
const whole = (route: Route, rest: Partial<Question> & { name: string }): Question => ({
  method: route.method,
  path: pathFor(route, owner),
  ...bodyFor(route),
  ...rest,
});
const judge = (question: Question, expected: Expectation, as: Owner | null = owner) =>
  judged(world, as, question, expected);

const segments = [
  '%',
  '%zz',
  '%u0041',
  '%00',
  '%ff',
  '%c0%80',
  '%ed%a0%80',
  '%0d%0aset-cookie:%20x=y',
  '..%2f',
  '..%2f..%2f..%2fetc%2fpasswd',
  '%2e%2e%2f',
  '%252e%252e%252f',
  '..%5c..',
  '..;',
  '__proto__',
  'constructor',
  'toString',
  'null',
  'undefined',
  '-1',
  '1e999',
  '00000000-0000-0000-0000-000000000000',
  '00000000-0000-0000-0000-00000000000g',
  '{execution_id}',
  ':execution_id',
  '*',
  "'%20OR%20'1'='1",
  '%F0%9F%98%80',
  '%E2%80%AE',
  'a'.repeat(20_000),
  '%41'.repeat(5_000),
];

test.each(named(routes.filter(({ path }) => path.includes('{'))))(
  '%s finds nothing under an odd name',
  async (_, route) => {
    const names = route.parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name);
    const faults: string[] = [];
    for (const name of names)
      for (const segment of segments) {
        const path = pathFor(route, owner, { [name]: segment });
        faults.push(
          ...(await judge(whole(route, { name: `${name} ${segment.slice(0, 30)}`, path }), 'refused')),
        );
      }
    expect(faults).toEqual([]);
  },
);

test('paths that lead nowhere are not found, whatever they are made of', async () => {
  const faults: string[] = [];
  for (const segment of segments)
    for (const path of [
      `/api/v1/${segment}`,
      `/api/v1/executions/${owner.owned.execution_id}/${segment}`,
      `/api/v1/auth/${segment}/x`,
      `/api/${segment}`,
    ])
      for (const method of ['GET', 'POST', 'DELETE'])
        faults.push(...(await judge({ name: 'nowhere', method, path }, 'refused')));
  expect(faults).toEqual([]);
});

const wrongNumbers = [
  '',
  '-1',
  '5.5',
  '1e3',
  '0x10',
  '9'.repeat(400),
  'NaN',
  'Infinity',
  'null',
  'true',
  '[]',
  '{}',
  '%00',
  '%ff',
  '%',
  '%zz',
  '+5',
  '%2B5',
  '%205',
  '5%20',
  '%EF%BC%95',
  '__proto__',
  '5;5',
  '5,5',
  'a'.repeat(20_000),
];
const wrongMoments = [
  '',
  '0',
  'now',
  '2026',
  '2026-13-01',
  '2026-02-30',
  '2026-00-10',
  '2026-01-01T25:00',
  '2026-01-01T00:00:00%2B99:99',
  '%2B275760-09-13',
  '-271821-04-20T00:00:00Z',
  '2026-01-01%00',
  '2026-01-01T00:00:00.Z',
  'Tue%2C%2024%20Nov%202026',
  '1'.repeat(20_000),
];
const oddWords = [
  '',
  '%',
  '%00',
  '%ff',
  '%ed%a0%80',
  '%25',
  '_',
  '*',
  '(a%2B)%2B%24',
  "'%20OR%201=1--",
  '__proto__',
  'constructor',
  '%F0%9F%98%80',
  '%5C',
];

function wrongIn({ name, schema }: Parameter): readonly string[] {
  if (schema.type === 'integer') return wrongNumbers;
  if (name.endsWith('_time')) return wrongMoments;
  if (schema.enum !== undefined || schema.type === 'array') return ['x', ...oddWords];
  return typeof schema.maxLength === 'number' ? ['x'.repeat(schema.maxLength + 1)] : [];
}

const queried = routes.filter(({ parameters }) => parameters.some((one) => one.in === 'query'));

test.each(named(queried))('%s refuses a wrong value in each parameter of its query', async (_, route) => {
  const faults: string[] = [];
  for (const parameter of route.parameters.filter((one) => one.in === 'query'))
    for (const value of wrongIn(parameter)) {
      const path = `${pathFor(route, owner)}?${parameter.name}=${value}`;
      faults.push(...(await judge(whole(route, { name: parameter.name, path }), 'refused')));
    }
  expect(faults).toEqual([]);
});

test.each(named(routes))('%s is not harmed by a query of junk', async (_, route) => {
  const names = [
    'unknown',
    '__proto__',
    'constructor',
    'a[b][c]',
    'a[]',
    'a[__proto__][x]',
    '%00',
    '%',
    '%ff',
    ...route.parameters.map(({ name }) => name),
  ];
  const queries = names.flatMap((name) =>
    oddWords.flatMap((word) => [`${name}=${word}`, `${name}=${word}&${name}=5&${name}`]),
  );
  const faults: string[] = [];
  for (const query of [...queries, '&&&', '=', '=&=', '?', '#', 'a'.repeat(20_000), '&a=b'.repeat(5_000)]) {
    const path = `${pathFor(route, owner)}?${query}`;
    faults.push(...(await judge(whole(route, { name: 'junk', path }), 'refused or taken')));
    // What ends a run, a session or an account is done once.
    if (route.method !== 'GET') break;
  }
  owner = route.method === 'GET' ? owner : await world.owner();
  expect(faults).toEqual([]);
});

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
