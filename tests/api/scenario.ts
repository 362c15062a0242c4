// One request and what must be true of its answer, as a row of a table.
import { expect } from 'bun:test';
import type { ApiWorld, Ask, Person } from './api-world.ts';

export interface Scenario {
  name: string;
  method: string;
  path: string;
  /** A person by name; nobody when left out. */
  as?: string;
  ask?: Omit<Ask, 'as'>;
  status: number;
  /** Texts that the answer must, and must not, have in it. */
  contains?: readonly string[];
  lacks?: readonly string[];
  headers?: Readonly<Record<string, string>>;
  /** Types of the events that came of it, in any order; nothing else may. */
  events?: readonly string[];
}

export async function play(
  world: ApiWorld,
  people: Readonly<Record<string, Person>>,
  scenario: Scenario,
): Promise<Response> {
  const before = new Set(world.store.events().map(({ id }) => id));
  const as = scenario.as === undefined ? null : people[scenario.as];
  if (as === undefined) throw new Error(`nobody is called ${scenario.as}`);
  const answer = await world.ask(scenario.method, scenario.path, { ...scenario.ask, as });
  const text = await answer.clone().text();
  expect({ status: answer.status, text }).toEqual({ status: scenario.status, text });
  for (const part of scenario.contains ?? []) expect(text).toContain(part);
  for (const part of [...(scenario.lacks ?? []), ...neverShown]) expect(text).not.toContain(part);
  for (const [name, value] of Object.entries(scenario.headers ?? {}))
    expect(answer.headers.get(name)).toBe(value);
  await world.api.services.securityLog.settled();
  const events = world.store.events().filter(({ id }) => !before.has(id));
  if (scenario.events !== undefined)
    expect(events.map<string>(({ type }) => type).sort()).toEqual([...scenario.events].sort());
  return answer;
}

/** What no answer may ever hold: digests, and where our code lies. */
const neverShown = ['$2b$', 'passwordHash', 'node_modules', '/src/', 'at async'];
