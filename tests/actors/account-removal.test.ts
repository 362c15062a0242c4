// What goes with an account and what stays, on the embedded engines and a clock that passes when a test says so.
import { afterEach, beforeEach, expect, test } from 'bun:test';
import { consumer } from '#actors/consumer.ts';
import { accountRemovals } from '#actors/saga-orchestrator/account-removals.ts';

import {
  attemptsCollection,
  securityLogCollection,
  sessionsCollection,
  tokensCollection,
  userLimitsCollection,
  usersCollection,
} from '#src/domain/account-collections.ts';
import { quotasCollection } from '#src/domain/quotas.ts';
import { inputsCollection, runEventsCollection } from '#src/domain/run-collections.ts';
import type { SagaRecord } from '#src/domain/saga-record.ts';
import { until } from '#tests/support/until.ts';
import { type EmbeddedStage, embeddedStage } from './embedded-stage.ts';
import { keepRunEvents } from './run-events.ts';
import { acceptance } from './runs.ts';

const machine = 'account-removal';

let clock: EmbeddedStage['clock'];
let engines: EmbeddedStage['engines'];
let ports: EmbeddedStage['ports'];
let kernel: EmbeddedStage['kernel'];
let close: EmbeddedStage['close'];
let stop: AbortController;
let running: Promise<unknown>;
beforeEach(async () => {
  ({ clock, engines, ports, kernel, close } = await embeddedStage());
  await keepRunEvents(ports);
  stop = new AbortController();
  const accounts = consumer(ports, {
    name: 'accounts',
    group: 'account-removal',
    serviceVersion: '1',
    handlers: accountRemovals(ports, kernel),
  });
  const context = { signal: stop.signal, ready: () => undefined };
  running = Promise.all([accounts, kernel.timers, kernel.sweep].map((child) => child.run(context)));
});
afterEach(async () => {
  stop.abort();
  await running;
  await close();
});

const belonging = [sessionsCollection, tokensCollection] as const;
const named = [userLimitsCollection, quotasCollection, usersCollection] as const;
const all = [
  ...belonging,
  ...named,
  attemptsCollection,
  securityLogCollection,
  inputsCollection,
  runEventsCollection,
];

async function account(user: string, role = 'user'): Promise<void> {
  const { documents } = engines;
  for (const spec of belonging)
    await documents.collection(spec).insert(`${spec.name} of ${user}`, { userId: user, endedAt: null });
  for (const spec of named)
    await documents.collection(spec).insert(user, { role, active: true, nameKey: user, deletedAt: null });
  await documents.collection(attemptsCollection).insert(`attempts of ${user}`, { name: `name of ${user}` });
  await documents.collection(securityLogCollection).insert(`quota:queued:${user}:1`, { type: 'x', at: 1 });
}

async function begin(id: string, userId: string): Promise<void> {
  await engines.documents.collection(inputsCollection).insert(id, { script: 'print(1)' });
  await kernel.start(acceptance(id, { userId }));
  const frame = { number: 0, channel: 'stdout' as const, at: 1, data: Buffer.from('secret') };
  await engines.outputLog.append(id, 1, [{ kind: 'frame', frame }]);
}

/** As its role would say it, once the run was cancelled. */
const end = (id: string) =>
  kernel.send('execution', id, 'failed', { type: 'RESULT_FAILED', attempt: 1, words: 'nothing there' });

const leave = (user: string, isAdmin = false) =>
  kernel.start({
    machine,
    id: `removal of ${user}`,
    cause: `leave ${user}`,
    input: {
      removalId: `removal of ${user}`,
      userId: user,
      by: user,
      reason: 'left',
      isAdmin,
      attemptsName: `name of ${user}`,
    },
  });

const removalOf = async (user: string): Promise<SagaRecord | null> =>
  engines.records.load(machine, `removal of ${user}`);
const isIn = (user: string, state: string) => async (): Promise<boolean> => {
  await clock.advance(1_000);
  return (await removalOf(user))?.state === state;
};

/** Where something of the user or of the run is told. */
async function told(...words: string[]): Promise<string[]> {
  const places: string[] = [];
  const tells = (row: object) => words.some((word) => JSON.stringify(row).includes(word));
  for (const spec of all) {
    const { rows } = await engines.documents.collection(spec).find({ limit: 100 });
    if (rows.some(tells)) places.push(spec.name);
  }
  const { rows } = await engines.records.find('execution', { limit: 100 });
  if (rows.some(tells)) places.push('execution');
  for (const word of words)
    if ((await engines.outputLog.read(word, 1, 0)).frames.length > 0) places.push('output');
  return places;
}

test('everything of the account goes once its runs have ended, and nothing of another', async () => {
  await account('gone');
  await account('kept');
  await begin('run-gone', 'gone');
  await begin('run-kept', 'kept');
  const before = await told('kept', 'run-kept');
  expect((await told('gone', 'run-gone')).toSorted()).toEqual(before.toSorted());
  expect(before).toHaveLength(all.length + 2);

  await leave('gone');
  await until(async () => (await engines.records.load('execution', 'run-gone'))?.state === 'collecting');
  const users = engines.documents.collection(usersCollection);
  expect((await users.get('gone'))?.body).toMatchObject({ active: false, username: '', nameKey: null });
  expect(await removalOf('gone')).toMatchObject({ state: 'closing' });

  await end('run-gone');
  await until(isIn('gone', 'removed'));
  expect(await told('gone', 'run-gone')).toEqual([]);
  expect(await told('kept', 'run-kept')).toEqual(before);
  expect((await removalOf('gone'))?.uniques).toEqual([]);
});

test('that the user is deleted is said once, by the user’s id', async () => {
  const said: [string, object][] = [];
  const heard = await engines.bus.subscribe({
    group: 'audit',
    topics: ['user_deleted'],
    handle: async ({ key, payload }) => void said.push([key, payload]),
  });
  await account('gone');
  await leave('gone');
  await until(isIn('gone', 'removed'));
  await until(async () => said.length > 0 && (await heard.lag()) === 0);
  expect(said).toEqual([['gone', { user_id: 'gone', deleted_by: 'gone', reason: 'left' }]]);
});

test('a run that was accepted meanwhile is ended and goes too', async () => {
  await account('gone');
  await leave('gone');
  await until(isIn('gone', 'removing'));
  await begin('late', 'gone');
  await until(async () => {
    await clock.advance(10_000);
    return (await engines.records.load('execution', 'late'))?.state === 'collecting';
  });
  await end('late');
  await until(isIn('gone', 'removed'));
  expect(await told('gone', 'late')).toEqual([]);
});

test('the last admin stays, and a wish that was refused goes with the next', async () => {
  await account('root', 'admin');
  await leave('root', true);
  await until(isIn('root', 'refused'));
  const users = engines.documents.collection(usersCollection);
  expect((await users.get('root'))?.body).toMatchObject({ active: true, deletedAt: null });

  await account('other', 'admin');
  const input = { userId: 'root', by: 'root', reason: 'left', isAdmin: true, attemptsName: '' };
  await kernel.start({ machine, id: 'again', cause: 'again', input: { ...input, removalId: 'again' } });
  await until(async () => {
    await clock.advance(1_000);
    return (await engines.records.load(machine, 'again'))?.state === 'removed';
  });
  expect(await removalOf('root')).toBeNull();
  expect((await users.get('other'))?.body).toMatchObject({ active: true });
});

test('what a document still has to say is said before it goes', async () => {
  await account('gone');
  const event = {
    id: 'said late',
    type: 'user_logged_out' as const,
    at: 1,
    key: 'gone',
    payload: { user_id: 'gone', logout_reason: 'left' },
    metadata: { service: 'api', serviceVersion: '1' },
  };
  const sessions = engines.documents.collection(sessionsCollection);
  const { publish } = engines.bus;
  engines.bus.publish = (events) => {
    if (events.some(({ type }) => type === 'user_logged_out')) return Promise.reject(new Error('away'));
    return publish(events);
  };
  await sessions.change('sessions of gone', { set: { endedAt: 1 } }, { outbox: [event] });
  await leave('gone');
  await until(isIn('gone', 'removing'));
  await until(async () => {
    await clock.advance(60_000);
    return (await told('gone')).join() === 'sessions';
  });
  for (let looks = 0; looks < 5; looks += 1) await clock.advance(200_000);
  expect([(await removalOf('gone'))?.state, (await removalOf('gone'))?.fields.left]).toEqual(['removing', 1]);
  engines.bus.publish = publish;
  await until(isIn('gone', 'removed'));
  expect(await told('gone')).toEqual([]);
});
