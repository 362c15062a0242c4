// What administrators do in one seed: they decide what happens by itself to dead letters, send some again, click twice, and
// give some up. They see a letter as it was a moment ago, as on a page.
import { type RetryPolicy, type TopicPolicy, topicPoliciesCollection } from '#src/domain/dead-letter.ts';
import type { SagaRecord } from '#src/domain/saga-record.ts';
import { createInsistence, type InsistenceWorld } from './insistence.ts';
import type { Host } from './installation.ts';
import type { Promised } from './people.ts';
import { mayDie } from './poison.ts';
import type { Random } from './random.ts';
import type { World } from './world/world.ts';

export interface AdminsWorld extends InsistenceWorld {
  random: Random;
  promised(what: Promised, id: string): void;
}

/** Everything that they wanted has been answered. */
export interface Admins {
  satisfied(): boolean;
}

const POLICIES_AT_MS = 500;
const DAY_MINUTES = 1_440;

export function letAdminsAct(world: AdminsWorld, { faults, records }: World): Admins {
  const random = world.random.split('admins');
  const { insist, waiting } = createInsistence(world, random.split('insistence'), 'admins');
  const { time, trace, promised } = world;
  // Where nothing dies they have nothing to do.
  if (faults.mix.poisonMs === Number.POSITIVE_INFINITY) return { satisfied: () => true };
  time.after(POLICIES_AT_MS, () => {
    for (const topic of mayDie) {
      const policy = drawPolicy(random);
      if (policy !== null) insist(`decide about ${topic}`, deciding(topic, policy));
    }
  });
  const again = (): void => {
    time.after(random.between(1_000, 6_000), () => {
      if (!faults.on()) return;
      decide();
      again();
    });
  };
  const decide = (): void => {
    const open = records.all().filter(({ machine, final }) => machine === 'dead-letter' && !final);
    const letter = open[random.below(open.length)];
    if (letter === undefined) return;
    const { id } = letter;
    if (random.chance(0.25)) {
      insist(`discard ${id}`, discarding(id), () => promised('discarded', id));
      return;
    }
    const redrive = Number(letter.fields.retryCount) + 1;
    const clicks = random.chance(0.4) ? 2 : 1;
    for (let click = 1; click <= clicks; click++)
      insist(`redrive ${redrive} of ${id}, click ${click}`, redriving(letter, redrive, click));
    trace.count('letter redriven by a person');
  };
  again();
  return { satisfied: () => waiting() === 0 };
}

function drawPolicy(random: Random): RetryPolicy | null {
  const retriesMax = 1 + random.below(3);
  return random.pick([
    null,
    { kind: 'manual' },
    { kind: 'immediate', retriesMax },
    { kind: 'fixed_interval', intervalMs: 4_000, retriesMax },
    { kind: 'exponential_backoff', firstMs: 500, longestMs: 8_000, retriesMax },
    { kind: 'scheduled', minuteOfDay: random.below(DAY_MINUTES), retriesMax },
  ]);
}

const deciding =
  (topic: string, policy: RetryPolicy) =>
  async ({ ports }: Host): Promise<void> => {
    const policies = ports.documents.collection<TopicPolicy>(topicPoliciesCollection);
    await policies.insert(topic, { topic, policy, changedBy: 'admin', changedAt: 1 });
  };

const redriving =
  ({ id }: SagaRecord, redrive: number, click: number) =>
  async ({ sagas }: Host): Promise<void> => {
    const asked = { type: 'RETRY_REQUESTED', redrive, by: 'admin', reason: 'it may go well now' };
    await sagas.send('dead-letter', id, `redrive ${redrive} of ${id}, click ${click}`, asked);
  };

const discarding =
  (id: string) =>
  async ({ sagas }: Host): Promise<void> => {
    const asked = { type: 'DISCARD_REQUESTED', by: 'admin', reason: 'nobody needs it' };
    await sagas.send('dead-letter', id, `discard ${id}`, asked);
  };
