// Paths and queries that nobody sends by mistake, for every route that the API document knows.
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { apiWorld } from './api-world.ts';
import { type Expectation, judged, type Question } from './hostile-judge.ts';
import { type Parameter, pathFor, questionFor, type Route, routesOf } from './hostile-routes.ts';
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
const judge = (question: Question, expected: Expectation) => judged(world, owner, question, expected);

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
