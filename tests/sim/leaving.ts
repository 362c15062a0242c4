// Somebody leaves in the middle of the faults, with runs in every state and perhaps one that was just being asked for. Once all
// is at rest nothing carries their id; what belongs to others is as it was.
import { createLeave } from '#src/app/leaving.ts';
import { createUsers } from '#src/app/users.ts';
import {
  sessionsCollection,
  tokensCollection,
  userLimitsCollection,
  usersCollection,
} from '#src/domain/account-collections.ts';
import { accountRemovalMachineName } from '#src/domain/account-removal.ts';
import type { JsonObject } from '#src/domain/json.ts';
import { noQuotas, quotasCollection } from '#src/domain/quotas.ts';
import type { CollectionSpec } from '#src/ports/documents.ts';
import { createInsistence, type InsistenceWorld } from './insistence.ts';
import type { Host } from './installation.ts';
import type { Leaving, PlannedRun } from './people.ts';
import type { Random } from './random.ts';
import type { World } from './world/world.ts';

export interface PlannedLeaving {
  user: string;
  atMs: number;
  role: 'user' | 'admin';
  /** There is another admin who stays. */
  another: boolean;
}

const users = ['user0', 'user1'] as const;
const SHARE = 0.4;

export function planLeaving(random: Random): PlannedLeaving | null {
  if (!random.chance(SHARE)) return null;
  return {
    user: random.pick(users),
    atMs: random.between(3_000, 22_000),
    role: random.chance(0.4) ? 'admin' : 'user',
    another: random.chance(0.5),
  };
}

export const nobodyLeaves: Leaving = {
  mayAsk: async () => true,
  isUnderWay: () => false,
  takes: () => false,
  satisfied: () => true,
  wrong: () => null,
};

export function letOneLeave(
  world: InsistenceWorld & { random: Random },
  plan: PlannedLeaving,
  runs: readonly PlannedRun[],
): Leaving {
  const { time } = world;
  const random = world.random.split('leaving');
  const { insist, waiting } = createInsistence(world, random.split('insistence'), 'who leaves');
  const isLast = plan.role === 'admin' && !plan.another;
  const own = new Set<string>(runs.filter(({ user }) => user === plan.user).map(({ id }) => id));
  const underWay = new Set(
    runs.filter((run) => own.has(run.id) && run.submitAtMs > plan.atMs && random.chance(0.5)),
  );
  let asked = false;

  const accounts = new Set<string>([...users, 'admin']);
  for (const user of accounts)
    insist(`the account of ${user}`, beginning(user, plan), () => void accounts.delete(user));
  time.after(plan.atMs, () => {
    asked = true;
    insist(`${plan.user} leaves`, async (host) => {
      if (accounts.size > 0) throw new Error('not every account is there yet');
      await (isLast ? wishing(plan) : leaving(plan))(host);
    });
  });
  return {
    async mayAsk({ ports }, user) {
      if (user !== plan.user || !asked) return true;
      const found = await ports.documents.collection<{ deletedAt: number | null }>(usersCollection).get(user);
      return found !== null && found.body.deletedAt === null;
    },
    isUnderWay: (run) => !isLast && underWay.has(run),
    takes: (run) => asked && !isLast && own.has(run),
    satisfied: () => waiting() === 0 && asked,
    wrong: (found) => (isLast ? staysWrong(found, plan) : traceOf(found, plan, own)),
  };
}

/** The account and what hangs on it. */
const beginning =
  (user: string, { user: leaver, role, another }: PlannedLeaving) =>
  async ({ ports }: Host): Promise<void> => {
    const isAdmin = user === 'admin' ? another : user === leaver && role === 'admin';
    const insert = (spec: CollectionSpec, id: string, body: JsonObject) =>
      ports.documents.collection<JsonObject>(spec).insert(id, body);
    await insert(sessionsCollection, `session of ${user}`, { userId: user, endedAt: null });
    await insert(tokensCollection, `token of ${user}`, { userId: user });
    await insert(userLimitsCollection, user, { bypass: true });
    await insert(quotasCollection, user, { ...noQuotas });
    const name = { username: user, nameKey: user, email: `${user}@example.org`, emailKey: user };
    const rest = { passwordHash: null, createdAt: 1, updatedAt: 1, founder: null, deletedAt: null };
    await insert(usersCollection, user, { ...name, ...rest, role: isAdmin ? 'admin' : 'user', active: true });
  };

/** The last admin, whom the first look had not told so: another was there a moment before. */
const wishing =
  ({ user }: PlannedLeaving) =>
  async ({ sagas }: Host): Promise<void> => {
    const removalId = `wish of ${user}`;
    const input = { removalId, userId: user, by: user, reason: 'left', isAdmin: true, attemptsName: '' };
    await sagas.start({ machine: accountRemovalMachineName, id: removalId, cause: removalId, input });
  };

const leaving =
  ({ user }: PlannedLeaving) =>
  async ({ ports, sagas }: Host): Promise<void> => {
    const accounts = createUsers(ports.documents);
    const found = await accounts.byId(user);
    // Gone already: an earlier answer was lost. Unless it is not there yet.
    if (found === null) {
      const { rows } = await ports.records.find(accountRemovalMachineName, { where: { userId: user } });
      if (rows.length > 0) return;
      throw new Error('there is no such account yet');
    }
    const { clock, ids } = ports;
    const leave = createLeave({
      accounts: { confirm: async () => found.user },
      users: accounts,
      sessions: { endAll: async () => 0 },
      tokens: { removeAll: async () => undefined },
      sagas,
      clock,
      ids,
    });
    await leave(user, '', { address: null, agent: null, network: '' });
  };

/** Whoever was refused is there as before. */
function staysWrong({ documents, records }: World, { user }: PlannedLeaving): string | null {
  const found = documents.all(usersCollection.name).find(({ id }) => id === user);
  if (found?.body.deletedAt !== null) return `${user} is the last admin, and gone`;
  const wish = records.all().find((record) => record.machine === accountRemovalMachineName);
  return wish?.state === 'refused' ? null : `the wish of the last admin is ${wish?.state}`;
}

/** Where something of the user is left, or of what others should have. */
function traceOf(world: World, { user }: PlannedLeaving, own: ReadonlySet<string>): string | null {
  const { documents, records, output } = world;
  const removals = records.all().filter(({ machine }) => machine === accountRemovalMachineName);
  if (removals.filter(({ state }) => state === 'removed').length !== 1)
    return `the removals of ${user} are ${removals.map(({ state }) => state).join()}`;
  const ofOwn = (text: string): boolean => [user, ...own].some((name) => text.includes(`"${name}"`));
  for (const record of records.all()) {
    if (record.machine === accountRemovalMachineName) continue;
    const text = JSON.stringify(record);
    // A message for a run that is gone, or never was, may still die: its letter knows that run's id and no more.
    if (record.machine === 'dead-letter' ? text.includes(`"${user}"`) : ofOwn(text))
      return `${record.machine} ${record.id} tells of ${user}`;
  }
  for (const name of collections)
    for (const stored of documents.all(name))
      if (ofOwn(JSON.stringify(stored))) return `${stored.id} in ${name} tells of ${user}`;
  for (const id of own)
    if (output.output(id, 1).frames.length > 0 || output.output(id, 1).seal !== null)
      return `the output of ${id} is left`;
  const others = users.filter((name) => name !== user);
  const missing = others.find((name) => !documents.all(usersCollection.name).some(({ id }) => id === name));
  return missing === undefined ? null : `${missing} is gone with ${user}`;
}

/** Of gone placements only the number of a pod is left for a day, and no name. */
const collections = [
  'users',
  'sessions',
  'api_tokens',
  'user_limits',
  'quotas',
  'inputs',
  'turns',
  'run-events',
];
