// Quotas over the interface: how an admin reads and sets them, and what a user meets who is over one.
import { beforeEach, describe, expect, test } from 'bun:test';
import type { Person } from './api-world.ts';
import { type RunsWorld, runsWorld } from './runs-world.ts';

let world: RunsWorld;
let ada: Person;
let root: Person;

beforeEach(async () => {
  world = await runsWorld({ policy: { queuedPerUserMax: 3, concurrentPerUserMax: 5 } });
  ada = await world.person('ada');
  root = await world.person('root', 'admin');
});

const path = '/api/v1/admin/quotas';
const read = async (query = '') => (await world.ask('GET', path + query, { as: root })).json();
const set = (body: unknown, query = '') => world.ask('PUT', path + query, { as: root, body });
const ofAda = () => `?user_id=${ada.userId}`;
const execute = () => world.ask('POST', '/api/v1/execute', { as: ada, body: { script: '1' } });
const none = { concurrent: null, queued: null, cpu_seconds_day: null, storage_bytes: null };
const configured = { concurrent: 5, queued: 3, cpu_seconds_day: 0, storage_bytes: 0 };

/** A run that has ended, with this use. */
async function ended(usage: { cpuMs?: number; stdoutBytes?: number }): Promise<void> {
  const id = await world.execute(ada);
  await world.begin(id);
  const { cpuMs = 0, stdoutBytes = 0 } = usage;
  await world.end(id, { usage: { wallMs: 9_000, cpuMs, memoryPeakBytes: 1 }, stdoutBytes });
  await world.bury(id);
}

describe('an admin', () => {
  test('reads what is configured while nothing is set', async () => {
    expect(await read()).toEqual({ user_id: null, quotas: none, effective: configured, used: null });
    const { quotas, effective } = await read(ofAda());
    expect({ quotas, effective }).toEqual({ quotas: none, effective: configured });
  });

  test('sets the default of all, and of one user, who goes before; null takes it back', async () => {
    expect((await set({ queued: 7, cpu_seconds_day: 60 })).status).toBe(200);
    const answer = await set({ queued: 2, concurrent: 1 }, ofAda());
    expect(await answer.json()).toMatchObject({
      user_id: ada.userId,
      quotas: { ...none, queued: 2, concurrent: 1 },
      effective: { concurrent: 1, queued: 2, cpu_seconds_day: 60, storage_bytes: 0 },
    });
    const line = world.logged.find(({ message }) => message === 'quotas');
    expect(line?.fields).toMatchObject({ by: root.userId, of: 'default', queued: 7 });
    await set({ queued: null }, ofAda());
    const { quotas, effective } = await read(ofAda());
    expect(quotas).toEqual({ ...none, concurrent: 1 });
    expect(effective).toEqual({ concurrent: 1, queued: 7, cpu_seconds_day: 60, storage_bytes: 0 });
  });

  test('sees what the user has used', async () => {
    await ended({ cpuMs: 2_600, stdoutBytes: 1_000 });
    await world.begin(await world.execute(ada));
    await world.execute(ada);
    const { used } = await read(ofAda());
    expect(used).toMatchObject({ concurrent: 1, queued: 1, cpu_seconds_day: 2 });
    // The scripts and options of the three runs count as well.
    expect(used.storage_bytes).toBeGreaterThan(1_000);
  });

  test.each<[string, unknown]>([
    ['none at the same time', { concurrent: 0 }],
    ['less than nothing', { cpu_seconds_day: -1 }],
    ['half a run', { queued: 1.5 }],
    ['a text', { storage_bytes: '5' }],
    ['too much', { concurrent: 10_001 }],
    ['an unknown quota', { memory: 5 }],
    ['no object', [1]],
  ])('is refused %s', async (_, body) => {
    expect((await set(body)).status).toBe(422);
    expect((await read()).quotas).toEqual(none);
  });

  test('is told of a user who is not there', async () => {
    for (const answer of [
      await set({ queued: 1 }, '?user_id=nobody'),
      await world.ask('GET', `${path}?user_id=nobody`, { as: root }),
    ]) {
      expect(answer.status).toBe(404);
      expect(await answer.json()).toMatchObject({ type: 'NotFoundError', detail: 'User not found' });
    }
  });

  test('alone: users, moderators and tokens may not', async () => {
    const moderator = await world.person('mona', 'moderator');
    for (const as of [ada, moderator]) expect((await world.ask('GET', path, { as })).status).toBe(403);
    const made = await world.ask('POST', '/api/v1/auth/tokens', {
      as: root,
      body: { name: 'robot', scopes: ['read', 'run'] },
    });
    const headers = { authorization: `Bearer ${(await made.json()).token}` };
    expect((await world.ask('GET', path, { headers })).status).toBe(200);
    expect((await world.ask('PUT', path, { headers, body: { queued: 1 } })).status).toBe(403);
  });
});

describe('a user', () => {
  test('has no more runs waiting than allowed, also when all are asked for at once', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, execute));
    expect(answers.map(({ status }) => status).filter((status) => status === 200)).toHaveLength(3);
    const refused = answers.find(({ status }) => status === 429);
    expect(await refused?.json()).toMatchObject({
      type: 'ThrottledError',
      detail: 'Too many of your runs are waiting: 3, and 3 are allowed',
    });
    expect(await world.records.count('execution', { state: 'queued' })).toBe(3);
  });

  test('meets a changed quota within a second', async () => {
    for (let run = 0; run < 3; run += 1) await execute();
    expect((await execute()).status).toBe(429);
    await set({ queued: 4 }, ofAda());
    await world.clock.advance(1_000);
    expect((await execute()).status).toBe(200);
    await set({ queued: 1 }, ofAda());
    await world.clock.advance(1_000);
    expect((await execute()).status).toBe(429);
  });

  test('who has used the processor time of the day is told to come again at midnight', async () => {
    await set({ cpu_seconds_day: 5 });
    await ended({ cpuMs: 4_900 });
    await world.clock.advance(1_000);
    await ended({ cpuMs: 200 });
    await world.clock.advance(2 * 60 * 60_000);
    ada = await again();
    const refused = await execute();
    expect(refused.status).toBe(429);
    const toMidnight = Math.ceil((Date.UTC(2026, 10, 26) - world.clock.now()) / 1_000);
    expect(refused.headers.get('retry-after')).toBe(String(toMidnight));
    expect(await refused.json()).toMatchObject({
      detail: 'Your runs have used 5 seconds of processor time today, and 5 are allowed until midnight, UTC',
      reset_at: '2026-11-26T00:00:00.000Z',
    });
    await world.clock.advance(toMidnight * 1_000);
    ada = await again();
    expect((await execute()).status).toBe(200);
  });

  test('whose runs keep too much is told to delete some, and may go on when they are gone', async () => {
    await ended({ stdoutBytes: 10_000 });
    await set({ storage_bytes: 10_000 });
    await world.clock.advance(1_000);
    const refused = await execute();
    expect(refused.status).toBe(429);
    expect((await refused.json()).detail).toMatch(/^Your runs keep \d+ bytes, and 10000 are allowed/);
    await world.api.services.securityLog.settled();
    const told = world.store.events().filter(({ type }) => type === 'quota_exceeded');
    expect(told.map(({ payload }) => payload)).toMatchObject([
      { quota_type: 'storage_bytes', limit: 10_000 },
    ]);
    await set({ storage_bytes: 0 }, ofAda());
    await world.clock.advance(1_000);
    expect((await execute()).status).toBe(200);
  });

  async function again(): Promise<Person> {
    const answer = await world.login('ada');
    const cookie = answer.headers.getSetCookie().map((line) => line.split(';')[0]);
    return { ...ada, cookie: cookie.join('; '), csrf: (await answer.json()).csrf_token };
  }
});
