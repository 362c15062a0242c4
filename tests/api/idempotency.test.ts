// Keys that make a request happen once, under a store that fails: the answer may be lost, the run may not be doubled.
import { beforeEach, expect, test } from 'bun:test';
import { inputsOf } from '#src/app/executions/stored.ts';
import { unavailable } from '#src/domain/errors.ts';
import type { SagaRecord } from '#src/domain/saga-record.ts';
import type { InsertOutcome } from '#src/ports/records.ts';
import type { Person } from './api-world.ts';
import { type RunsWorld, runsWorld } from './runs-world.ts';

const day = 24 * 60 * 60 * 1_000;
/** As often as acceptance is tried within one request. */
const tries = 4;

let world: RunsWorld;
let ada: Person;
let insert: (record: SagaRecord) => Promise<InsertOutcome>;
beforeEach(async () => {
  world = await runsWorld();
  ada = await world.person('ada');
  insert = world.records.insert;
});

const ask = (script = 'print(1)'): Promise<Response> =>
  world.ask('POST', '/api/v1/execute', { as: ada, body: { script }, headers: { 'idempotency-key': 'key' } });

/** Time passes until the answer is there. */
async function answered(asked: Promise<Response>): Promise<Response> {
  let answer: Response | null = null;
  void asked.then((given) => {
    answer = given;
  });
  while (answer === null) await world.clock.advance(50);
  return answer;
}

async function idOf(answer: Response): Promise<string> {
  expect(answer.status).toBe(200);
  return ((await answer.json()) as { execution_id: string }).execution_id;
}

const runs = async (): Promise<string[]> =>
  (await world.records.find('execution', { limit: 100 })).rows.map(({ id }) => id);

/** The next inserts take effect, or do not, and nobody hears of it. */
function loseAnswers(count: number, takesEffect: boolean): void {
  let left = count;
  world.records.insert = async (record) => {
    if (left-- <= 0) return insert(record);
    if (takesEffect) await insert(record);
    throw unavailable('the store');
  };
}

test.each([true, false])(
  'a lost answer is asked for again: one run (the insert took effect: %p)',
  async (effect) => {
    loseAnswers(1, effect);
    const id = await idOf(await answered(ask()));
    expect(await runs()).toEqual([id]);
    expect(await idOf(await ask())).toBe(id);
  },
);

test('where no answer came at all, the client that asks again gets the run that was made', async () => {
  loseAnswers(tries, true);
  const lost = await answered(ask());
  expect([lost.status, Number(lost.headers.get('retry-after'))]).toEqual([503, 5]);
  const [made] = await runs();
  expect(await idOf(await ask())).toBe(made ?? '');
  expect(await runs()).toHaveLength(1);
  // It still has what it reads.
  expect((await inputsOf(world.deps.ports.documents).get(made ?? ''))?.body.script).toBe('print(1)');
});

test('a request that came to nothing leaves its key free, also for another request', async () => {
  loseAnswers(tries, false);
  expect((await answered(ask())).status).toBe(503);
  expect(await runs()).toEqual([]);
  const id = await idOf(await ask('print(2)'));
  expect(await runs()).toEqual([id]);
  expect((await ask()).status).toBe(409);
});

test('two who come at midnight from both sides of it are one', async () => {
  const now = world.clock.now();
  await world.clock.advance(day - (now % day) - 1);
  ada = await world.person('night');
  const held = Promise.withResolvers<void>();
  let inserts = 0;
  world.records.insert = async (record) => {
    inserts += 1;
    if (inserts === 1) await held.promise;
    return insert(record);
  };
  const before = ask();
  while (inserts < 1) await new Promise((resume) => setImmediate(resume));
  await world.clock.advance(2);
  const after = await idOf(await ask());
  held.resolve();
  expect(await idOf(await before)).toBe(after);
  expect(await runs()).toEqual([after]);
});

test('each use of a key holds it for a day of its own, day after day', async () => {
  const seen = new Set<string>();
  for (let use = 0; use < 4; use += 1) {
    const id = await idOf(await ask());
    expect(seen.has(id)).toBe(false);
    seen.add(id);
    await world.clock.advance(day / 2);
    ada = await loggedIn();
    expect(await idOf(await ask())).toBe(id);
    await world.clock.advance(day / 2);
    ada = await loggedIn();
  }
  expect(await runs()).toHaveLength(4);
});

test('what was given up because another took the key leaves nothing stored', async () => {
  const others: string[] = [];
  let isFirst = true;
  world.records.insert = async (record) => {
    if (isFirst) {
      isFirst = false;
      others.push(await idOf(await ask()));
    }
    return insert(record);
  };
  const id = await idOf(await ask());
  expect(others).toEqual([id]);
  const inputs = await inputsOf(world.deps.ports.documents).find({ limit: 10 });
  expect(inputs.rows.map((row) => row.id)).toEqual([id]);
});

test('a key holds for its day also when its run is deleted', async () => {
  const id = await idOf(await ask());
  await world.begin(id);
  await world.end(id);
  await world.bury(id);
  expect((await world.ask('DELETE', `/api/v1/executions/${id}`, { as: ada })).status).toBe(200);
  expect(await idOf(await ask())).toBe(id);
  expect((await ask('print(2)')).status).toBe(409);
  expect(await runs()).toEqual([id]);
  await world.clock.advance(day);
  ada = await loggedIn();
  expect(await idOf(await ask('print(2)'))).not.toBe(id);
});

test('a retry with a key happens once, also when its answer is lost or the old run is gone; another request with it is 409', async () => {
  const old = await idOf(await ask());
  const other = await world.execute(ada);
  for (const id of [old, other]) {
    await world.begin(id);
    await world.end(id);
    await world.bury(id);
  }
  const again = (id: string, key: string) =>
    world.ask('POST', `/api/v1/executions/${id}/retry`, { as: ada, headers: { 'idempotency-key': key } });

  loseAnswers(tries, true);
  expect((await answered(again(old, 'again'))).status).toBe(503);
  const [made, ...more] = (await runs()).filter((id) => id !== old && id !== other);
  expect(more).toEqual([]);
  expect(await idOf(await again(old, 'again'))).toBe(made ?? '');
  expect(await idOf(await again(old, 'once more'))).not.toBe(made ?? '');
  expect((await again(other, 'again')).status).toBe(409);
  expect((await again(old, 'key')).status).toBe(409);
  expect((await again(old, '')).status).toBe(422);

  expect((await world.ask('DELETE', `/api/v1/executions/${old}`, { as: ada })).status).toBe(200);
  expect(await idOf(await again(old, 'again'))).toBe(made ?? '');
  expect((await again(old, 'a new one')).status).toBe(404);
  expect(await runs()).toHaveLength(4);
});

async function loggedIn(): Promise<Person> {
  const answer = await world.login(ada.name);
  const cookies = answer.headers.getSetCookie().map((line) => line.split(';')[0]);
  return { ...ada, cookie: cookies.join('; '), csrf: (await answer.json()).csrf_token };
}
