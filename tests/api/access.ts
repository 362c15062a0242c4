// Who may do what: each route asked by each kind of person about what belongs to the user. What only reads is asked in one
// world; everything else in a world of its own.
import type { Person } from './api-world.ts';
import { type RunsWorld, runsWorld } from './runs-world.ts';

export const askers = ['guest', 'user', 'other', 'moderator', 'admin'] as const;
export type Asker = (typeof askers)[number];
/** Statuses by route; 422 means that the asker is let in and the request, which is empty, is judged. */
export type AccessTable = Record<string, Record<Asker, number>>;

export const accessFile = new URL('../golden/api-access.json', import.meta.url);

interface Stage {
  world: RunsWorld;
  /** What stands for a parameter of a path. */
  owned: Readonly<Record<string, string>>;
  personFor(asker: Asker): Promise<Person | null>;
}

export async function accessTable(): Promise<AccessTable> {
  const table: AccessTable = {};
  const reading = await stage();
  const routes = reading.world.api.routes().map(({ method, path }) => ({ method, path }));
  for (const route of routes.toSorted((one, other) => (nameOf(one) < nameOf(other) ? -1 : 1))) {
    const statuses: [Asker, number][] = [];
    for (const asker of askers) {
      const where = route.method === 'GET' ? reading : await stage();
      statuses.push([asker, await statusFor(where, route, asker)]);
    }
    table[nameOf(route)] = Object.fromEntries(statuses) as Record<Asker, number>;
  }
  return table;
}

const nameOf = ({ method, path }: { method: string; path: string }): string => `${method} ${path}`;

async function stage(): Promise<Stage> {
  const world = await runsWorld();
  const user = await world.person('user');
  const run = await world.execute(user);
  const answer = await world.ask('GET', '/api/v1/auth/sessions', { as: user });
  const owned = { execution_id: run, session_id: (await answer.json()).sessions[0].session_id };
  const people = new Map<Asker, Person | null>([
    ['guest', null],
    ['user', user],
  ]);
  return {
    world,
    owned,
    async personFor(asker) {
      const known = people.get(asker);
      if (known !== undefined) return known;
      const role = asker === 'admin' || asker === 'moderator' ? asker : 'user';
      const person = await world.person(asker, role);
      people.set(asker, person);
      return person;
    },
  };
}

async function statusFor(
  { world, owned, personFor }: Stage,
  { method, path }: { method: string; path: string },
  asker: Asker,
): Promise<number> {
  const filled = path.replaceAll(/:(\w+)/g, (_, name: string) => owned[name] ?? 'nothing');
  const body = method === 'GET' ? {} : { body: {} };
  const answer = await world.ask(method, filled, { as: await personFor(asker), ...body });
  await answer.body?.cancel();
  return answer.status;
}
