// Bodies that no route should take: whole ones, and one bad value in each field that the API document knows.
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { apiWorld } from './api-world.ts';
import { type Expectation, judged, type Question } from './hostile-judge.ts';
import { pathFor, type Route, routesOf } from './hostile-routes.ts';
import { isNumber, isText, jsonWith, oddNumbers, oddTexts, type Sample, wrongFor } from './hostile-values.ts';
import { type HostileWorld, hostileWorld, type Owner } from './hostile-world.ts';

const routes = routesOf(await apiWorld().api.document());
const taking = routes.filter(({ body }) => body !== null);
const takingJson = taking.filter(({ body }) => body?.mediaType === 'application/json');
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

/** A request that was taken may have used up its owner. */
async function faultsOf(route: Route, question: Omit<Question, 'method' | 'path'>, expected: Expectation) {
  const whole = { method: route.method, path: pathFor(route, owner), ...question };
  const faults = await judged(world, owner, whole, expected);
  if (expected === 'refused' && faults.length === 0) return faults;
  const me = await world.ask('GET', '/api/v1/auth/me', { as: owner });
  if (me.status !== 200 || /cancel|stdin/.test(route.path)) owner = await world.owner();
  return faults;
}

const bytes = (...parts: (string | number)[]): Uint8Array =>
  Buffer.concat(parts.map((part) => (typeof part === 'number' ? Buffer.from([part]) : Buffer.from(part))));

const wholes: readonly { name: string; body: string | Uint8Array }[] = [
  { name: 'truncated', body: '{"a":' },
  { name: 'truncated within a text', body: '{"a":"b' },
  { name: 'an object too many', body: '{}{}' },
  { name: 'a comma too many', body: '{"a":1,}' },
  { name: 'NaN', body: '{"a":NaN}' },
  { name: 'single quotes', body: "{'a':1}" },
  { name: 'a comment', body: '{} // nothing' },
  { name: 'only spaces', body: ' \n\t ' },
  { name: 'only NUL', body: '\0\0\0\0' },
  { name: 'a number', body: '5' },
  { name: 'a text', body: '"text"' },
  { name: 'true', body: 'true' },
  { name: 'an empty list', body: '[]' },
  { name: 'a list of objects', body: '[{}]' },
  { name: 'lists, 10,000 deep', body: '['.repeat(10_000) + ']'.repeat(10_000) },
  { name: 'lists, 1,000,000 deep and never closed', body: '['.repeat(1_000_000) },
  { name: 'objects, 10,000 deep', body: `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}` },
  { name: 'bytes that are no UTF-8', body: bytes('{"', 0xff, 0xfe, '":1}') },
  { name: 'overlong UTF-8', body: bytes('{"', 0xc0, 0x80, '":1}') },
  { name: 'UTF-16', body: Buffer.from('\ufeff{"a":1}', 'utf16le') },
  { name: 'compressed', body: Bun.gzipSync('{"a":1}') },
];

test.each(named(taking))('%s refuses what is no body', async (_, route) => {
  const faults: string[] = [];
  for (const whole of wholes) faults.push(...(await faultsOf(route, whole, 'refused')));
  if (route.body?.required === true) {
    faults.push(...(await faultsOf(route, { name: 'no body' }, 'refused')));
    faults.push(
      ...(await faultsOf(route, { name: 'a byte order mark and nothing', body: '\ufeff' }, 'refused')),
    );
    faults.push(...(await faultsOf(route, { name: 'empty', body: '' }, 'refused')));
    faults.push(...(await faultsOf(route, { name: 'null', body: 'null' }, 'refused')));
  }
  expect(faults).toEqual([]);
});

const mediaTypes = [
  'text/plain',
  'text/plain; application/json',
  'application/xml',
  'application/octet-stream',
  'application/json5',
  'application/jsonp',
  'multipart/form-data',
  'multipart/form-data; boundary=x',
  'x',
  '/',
  ';;;=',
  `text/${'x'.repeat(10_000)}`,
];

test.each(named(taking))('%s takes only the media type of its body', async (_, route) => {
  const json = route.body?.mediaType === 'application/json';
  const others = json ? [...mediaTypes, 'application/x-www-form-urlencoded'] : mediaTypes;
  const faults: string[] = [];
  for (const type of others) {
    const question = {
      name: `as ${type}`,
      headers: { 'content-type': type },
      body: JSON.stringify(route.example),
    };
    faults.push(...(await faultsOf(route, question, 'refused')));
  }
  expect(faults).toEqual([]);
});

test.each(named(takingJson))('%s refuses a wrong value in each of its fields', async (_, route) => {
  const faults: string[] = [];
  for (const { path, schema } of route.body?.fields ?? [])
    for (const { name, json } of wrongFor(schema)) {
      const question = { name: `${name} as ${path.join('.')}`, body: jsonWith(route.example, path, json) };
      faults.push(...(await faultsOf(route, question, 'refused')));
    }
  expect(faults).toEqual([]);
});

test.each(named(takingJson))('%s is not harmed by an odd value in any of its fields', async (_, route) => {
  const faults: string[] = [];
  for (const { path, schema } of route.body?.fields ?? []) {
    const samples: readonly Sample[] = isText(schema) ? oddTexts : isNumber(schema) ? oddNumbers : [];
    for (const { name, json } of samples) {
      const question = { name: `${name} as ${path.join('.')}`, body: jsonWith(route.example, path, json) };
      faults.push(...(await faultsOf(route, question, 'refused or taken')));
    }
  }
  expect(faults).toEqual([]);
});

test.each(named(takingJson))(
  '%s lets no key reach a prototype, and the last of two keys counts',
  async (_, route) => {
    const [first] = route.body?.fields ?? [];
    const inner = JSON.stringify(route.example).slice(1, -1);
    const cases: [string, string, Expectation][] = [
      ['a prototype', `{${inner},"__proto__":{"admin":true}}`, 'refused'],
      ['a prototype in escapes', `{${inner},"\\u005f_proto__":{"admin":true}}`, 'refused'],
      ['a prototype further in', `{${inner},"x":[{"__proto__":1}]}`, 'refused'],
      ['a constructor', `{${inner},"constructor":{"prototype":{"admin":true}}}`, 'refused or taken'],
      ['a second key of another kind', `{${inner},${JSON.stringify(first?.path[0])}:{}}`, 'refused'],
    ];
    const faults: string[] = [];
    for (const [name, body, expected] of cases)
      faults.push(...(await faultsOf(route, { name, body }, expected)));
    expect(faults).toEqual([]);
    expect('admin' in {}).toBe(false);
  },
);

test('the form of the log-in takes odd texts for wrong names', async () => {
  const faults: string[] = [];
  const route = taking.find(({ path }) => path.endsWith('/login'));
  if (route === undefined) throw new Error('no log-in');
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const texts = [
    ...oddTexts.map(({ json }) => String(JSON.parse(json))),
    '%',
    '%zz',
    '%ff',
    '%ed%a0%80',
    '&&==&',
  ];
  for (const text of texts)
    for (const body of [
      `username=${text}&password=x`,
      `username=x&password=${text}`,
      `username[]=${text}`,
      text,
      '__proto__=x',
    ])
      faults.push(
        ...(await faultsOf(route, { name: `the form ${body.slice(0, 40)}`, headers, body }, 'refused')),
      );
  expect(faults).toEqual([]);
});

test('a key without a body, or a body for a route that has none, harms nothing', async () => {
  const faults: string[] = [];
  for (const route of routes.filter(({ method, body }) => method !== 'GET' && body === null))
    for (const whole of wholes) faults.push(...(await faultsOf(route, whole, 'refused or taken')));
  expect(faults).toEqual([]);
});
