// The queue over the interface: what an admin sees of it, and pausing and resuming admission.
import { beforeEach, describe, expect, test } from 'bun:test';
import { type AdmissionState, admissionCollection, admissionId } from '#src/domain/fleet.ts';
import { admissionChannel } from '#src/ports/live-feed.ts';
import type { Person } from './api-world.ts';
import { type RunsWorld, runsWorld } from './runs-world.ts';

let world: RunsWorld;
let ada: Person;
let root: Person;
let hints: number;

beforeEach(async () => {
  world = await runsWorld();
  ada = await world.person('ada');
  root = await world.person('root', 'admin');
  hints = 0;
  world.liveFeed.subscribe(admissionChannel, () => {
    hints += 1;
  });
});

const change = (what: 'pause' | 'resume', reason: string, as = root) =>
  world.ask('POST', `/api/v1/admin/queue/${what}`, { as, body: { reason } });
const state = async () => (await world.ask('GET', '/api/v1/admin/queue', { as: root })).json();
const stored = async () =>
  (await world.deps.ports.documents.collection<AdmissionState>(admissionCollection).get(admissionId))?.body;

describe('the queue', () => {
  test('is told by priority and user, with its oldest, its limits and what runs', async () => {
    await world.begin(await world.execute(ada));
    await world.clock.advance(10);
    const oldest = await world.execute(ada, { priority: 'low' });
    await world.clock.advance(10);
    await world.execute(ada);
    await world.execute(root, { priority: 'critical' });
    expect(await state()).toEqual({
      paused: null,
      changes: [],
      waiting: {
        total: 3,
        users: 2,
        by_priority: { critical: 1, high: 0, normal: 1, low: 1, background: 0 },
        oldest: {
          execution_id: oldest,
          user_id: ada.userId,
          priority: 'low',
          queued_at: '2026-11-25T00:00:00.010Z',
        },
      },
      running: { total: 1, users: 1 },
      limits: { concurrent: 10, concurrent_per_user: 5 },
    });
  });

  test('is empty where nobody waits', async () => {
    const { waiting, running } = await state();
    expect(waiting).toMatchObject({ total: 0, users: 0, oldest: null });
    expect(running).toEqual({ total: 0, users: 0 });
  });
});

describe('pausing', () => {
  test('is kept with who, why and when, and the scheduler is woken', async () => {
    const answer = await change('pause', 'repair of the disks');
    expect(answer.status).toBe(200);
    const paused = { by: root.userId, reason: 'repair of the disks', at: '2026-11-25T00:00:00.000Z' };
    expect(await answer.json()).toEqual({ paused, changes: [{ action: 'paused', ...paused }] });
    expect((await state()).paused).toEqual(paused);
    expect(await stored()).toMatchObject({ paused: { by: root.userId }, closures: [] });
    expect(hints).toBe(1);
  });

  test('twice is once: the first reason stands', async () => {
    await change('pause', 'first');
    const answer = await change('pause', 'second');
    expect(await answer.json()).toMatchObject({
      paused: { reason: 'first' },
      changes: [{ reason: 'first' }],
    });
    expect(hints).toBe(1);
  });

  test('by several at once is one change', async () => {
    const answers = await Promise.all(['a', 'b', 'c'].map((reason) => change('pause', reason)));
    const bodies = await Promise.all(answers.map((answer) => answer.json()));
    expect(new Set(bodies.map(({ paused }) => paused.reason)).size).toBe(1);
    expect((await state()).changes).toHaveLength(1);
  });

  test('shows in each run that waits, and its place stays true', async () => {
    await world.execute(ada);
    await world.clock.advance(1);
    const id = await world.execute(ada);
    const queue = async () =>
      (await (await world.ask('GET', `/api/v1/executions/${id}`, { as: ada })).json()).queue;
    expect(await queue()).toEqual({ position: 2, ahead: 1, limit: 10, paused: false });
    await change('pause', 'repair');
    expect(await queue()).toEqual({ position: 2, ahead: 1, limit: 10, paused: true });
    await change('resume', 'repaired');
    expect(await queue()).toMatchObject({ position: 2, paused: false });
  });

  test('leaves what the scheduler wrote as it is', async () => {
    await change('pause', 'repair');
    const documents = world.deps.ports.documents.collection<AdmissionState>(admissionCollection);
    const closures = [{ from: 1, to: null }];
    await documents.change(admissionId, { set: { closures, lookedAt: 7 } });
    await change('resume', 'repaired');
    expect(await stored()).toMatchObject({ paused: null, closures, lookedAt: 7 });
  });
});

describe('resuming', () => {
  test('ends the pause, and both stay in the history', async () => {
    await change('pause', 'repair');
    await world.clock.advance(5);
    const { paused, changes } = await (await change('resume', 'repaired')).json();
    expect(paused).toBeNull();
    expect(changes.map(({ action, reason }: Record<string, string>) => [action, reason])).toEqual([
      ['resumed', 'repaired'],
      ['paused', 'repair'],
    ]);
    expect(hints).toBe(2);
  });

  test('what is open changes nothing', async () => {
    const answer = await change('resume', 'just so');
    expect(await answer.json()).toEqual({ paused: null, changes: [] });
    expect(hints).toBe(0);
  });

  test('keeps the last twenty changes', async () => {
    for (let round = 0; round < 12; round += 1) {
      await change('pause', `pause ${round}`);
      await change('resume', `resume ${round}`);
    }
    const { changes } = await state();
    expect(changes).toHaveLength(20);
    expect(changes[0].reason).toBe('resume 11');
  });
});

test.each([
  ['no reason', {}],
  ['an empty reason', { reason: '' }],
  ['a reason that is too long', { reason: 'x'.repeat(501) }],
  ['an unknown field', { reason: 'x', until: 5 }],
])('a change with %s is 422', async (_, body) => {
  const answer = await world.ask('POST', '/api/v1/admin/queue/pause', { as: root, body });
  expect(answer.status).toBe(422);
  expect((await state()).paused).toBeNull();
});

test('only admins see and change it', async () => {
  const moderator = await world.person('mona', 'moderator');
  for (const as of [ada, moderator]) {
    expect((await change('pause', 'mischief', as)).status).toBe(403);
    expect((await world.ask('GET', '/api/v1/admin/queue', { as })).status).toBe(403);
  }
  expect((await state()).paused).toBeNull();
});
