// Random JSON as whole bodies, in each field, and in paths: whatever comes, a refusal is clear and leaves nothing.
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { type Arbitrary, array, assert, asyncProperty, constantFrom, json, oneof, string } from 'fast-check';
import { apiWorld } from './api-world.ts';
import { judged } from './hostile-judge.ts';
import { pathFor, questionFor, type Route, routesOf } from './hostile-routes.ts';
import { jsonWith } from './hostile-values.ts';
import { type HostileWorld, hostileWorld, type Owner } from './hostile-world.ts';

const routes = routesOf(await apiWorld().api.document());
const taking = routes.filter(({ body }) => body?.mediaType === 'application/json');
const addressed = routes.filter(({ path }) => path.includes('{'));
const named = (some: readonly Route[]) =>
  some.map((route) => [`${route.method} ${route.path}`, route] as const);
const runs = { numRuns: 60 };

let world: HostileWorld;
let owner: Owner;
beforeAll(async () => {
  world = await hostileWorld();
  await world.person('founder', 'admin');
  owner = await world.owner();
});
afterAll(() => world.close());

const text = (): Arbitrary<string> =>
  oneof(string({ unit: 'binary' }), string({ unit: 'grapheme' }), string());
const junk = (): Arbitrary<string> =>
  oneof(
    json({ stringUnit: 'binary' }),
    text().map((one) => JSON.stringify(one)),
    string(),
    constantFrom('', '"\\ud800"', '-0', '1e999'),
  );

test.each(named(taking))('%s judges any body and any value in its fields', async (_, route) => {
  const places = [[], ...(route.body?.fields ?? []).map(({ path }) => path)];
  await assert(
    asyncProperty(
      array(junk(), { minLength: 1, maxLength: 3 }),
      constantFrom(...places),
      async (values, place) => {
        const value = values.length === 1 ? (values[0] ?? '') : `[${values.join(',')}]`;
        const question = questionFor(route, owner, {
          name: 'random',
          body: jsonWith(route.example, place, value),
        });
        expect(await judged(world, owner, question, 'refused or taken')).toEqual([]);
        if ((await world.ask('GET', '/api/v1/auth/me', { as: owner })).status !== 200)
          owner = await world.owner();
      },
    ),
    runs,
  );
});

test.each(named(addressed))('%s finds nothing under any other name', async (_, route) => {
  const [name = ''] = route.parameters.filter((one) => one.in === 'path').map((one) => one.name);
  await assert(
    asyncProperty(text(), async (given) => {
      // Dots alone are steps of the path itself.
      const segment = encodeURIComponent(`x${given}`.toWellFormed());
      const path = pathFor(route, owner, { [name]: segment });
      expect(
        await judged(world, owner, questionFor(route, owner, { name: 'random', path }), 'refused'),
      ).toEqual([]);
    }),
    runs,
  );
});
