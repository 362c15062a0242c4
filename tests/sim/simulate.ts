// One seed: build a world, let it suffer, let it rest, and say what was broken.
import { letAdminsAct } from './admins.ts';
import { corruptOne, RELEASE_EACH_MS, type Release } from './corruption.ts';
import { createFaults, describeMix, drawMix, faultsEndMs, noFaults, quietFromMs } from './faults.ts';
import { createInstallation, drawSeats, oneSeat, type SharedSettings } from './installation.ts';
import { letOneLeave, nobodyLeaves, planLeaving } from './leaving.ts';
import { idleMs, leftOver } from './liveness.ts';
import { letPeopleAct, limitsOfRuns, type People, planRuns } from './people.ts';
import { createRandom } from './random.ts';
import { createSafety } from './safety.ts';
import { type Contents, contentsOf } from './stores/contents.ts';
import { inLockstep } from './stores/lockstep.ts';
import { memoryStores } from './stores/memory.ts';
import { openSqlite, sqliteStores } from './stores/sqlite.ts';
import { strike } from './strikes.ts';
import { createTrace } from './trace.ts';
import { noUpgrade, planUpgrade } from './upgrade.ts';
import { createVirtualTime } from './virtual-time.ts';
import { runtimes } from './world/cluster.ts';
import { createEmbeddedBus } from './world/embedded-bus.ts';
import { createWorld, type StoreOptions } from './world/world.ts';

export interface Outcome {
  seed: number;
  violation: { kind: 'safety' | 'liveness'; words: string } | null;
  story: readonly string[];
  counts: Readonly<Record<string, number>>;
  hash: number;
  steps: number;
  virtualMs: number;
  /** All that the stores hold in the end, if it was asked for. */
  contents: Contents | null;
}

/** How long it may take until all is at rest, once nothing fails any more. */
const REST_MS = 1_200_000;
/** A record that nobody understands is given up after an hour. */
const QUARANTINE_MS = 3_600_000;
const LOOK_EACH_MS = 500;
const RUNS = 5;
/** In so many seeds of all, a next release comes meanwhile. */
const UPGRADES = 0.2;

export interface SimulateOptions {
  /** Keeps the story. */
  wordy: boolean;
  /** Spoils a record in the store, once a script runs: a fault too slow for every seed. */
  corrupt?: boolean;
  /** What an administrator does about it; nothing by default. */
  release?: Release;
  /** Exchanges every process for one of the next release, one by one; by default in some seeds. */
  upgrade?: boolean;
  /** What lies behind the ports; in memory by default. */
  store?: StoreKind;
  /** Nothing fails, nothing is removed, and one process does everything: then the engines make no difference. */
  calm?: boolean;
  contents?: boolean;
}

/**
 * `both` makes each call on the two of them, and fails where their answers differ. `embedded` is the embedded profile: one
 * process alone with all engines on SQLite, its bus included.
 */
export const storeKinds = ['memory', 'sqlite', 'both', 'embedded'] as const;
export type StoreKind = (typeof storeKinds)[number];

type Opened = Pick<StoreOptions, 'stores' | 'busOn'>;

const openStores: Readonly<Record<StoreKind, (now: () => number) => Opened>> = {
  memory: (now) => ({ stores: memoryStores(now) }),
  sqlite: (now) => ({ stores: sqliteStores(now) }),
  both: (now) => ({ stores: inLockstep(memoryStores(now), sqliteStores(now)) }),
  embedded(now) {
    const [sqlite, bus] = [openSqlite(), { outlet: null }];
    const stores = sqliteStores(now, sqlite, bus);
    return { stores, busOn: (world) => createEmbeddedBus(world, sqlite, bus) };
  },
};

export function simulate(seed: number, options: SimulateOptions): Outcome {
  const random = createRandom(seed);
  const time = createVirtualTime();
  const trace = createTrace(time.now, options.wordy);
  const faults = createFaults(options.calm === true ? noFaults : drawMix(random.split('faults')));
  const { warmTarget, ...settings } = drawSettings(random.split('settings'));
  const shared = options.calm === true ? { ...settings, retention: keptForEver } : settings;
  const runs = planRuns(random.split('plans'), RUNS);
  let people: People | null = null;
  const safety = createSafety({
    runs,
    trace,
    ...shared,
    cancelAsked: (id) => people?.cancelAsked(id) === true,
  });
  const [, runtime = { language: 'python', version: '3.11' }] = runtimes;
  const { store = 'memory' } = options;
  const draw = store === 'embedded' || options.calm === true ? oneSeat : drawSeats;
  const seats = draw(random.split('seats'));
  const { stores, busOn } = openStores[store](time.now);
  const world = createWorld({ time, trace, faults, random, mistaken: safety.mistaken }, safety.hooks, {
    stores,
    busOn,
    owned: seats.owned,
    alone: seats.alone,
    warm: { spec: { runtime, limits: limitsOfRuns }, target: warmTarget },
  });
  safety.watch(world);
  trace.tell('world', describeMix(faults.mix));
  const names = seats.list.map(({ name }) => name).join(' ');
  const runtimeKind = seats.owned ? 'local sandboxes' : 'a cluster';
  trace.tell('world', `processes ${names}, slots ${shared.concurrentMax}, ${runtimeKind}`);
  for (const run of runs) trace.tell('world', `${run.id}: ${JSON.stringify(run)}`);
  const upgrading = random.split('upgrade');
  const isDrawn = upgrading.chance(UPGRADES);
  const upgrade =
    (options.upgrade ?? isDrawn) ? planUpgrade({ time, trace }, seats.list, upgrading) : noUpgrade;
  const installation = createInstallation(world, seats.list, shared, upgrade.binaryOf);
  upgrade.begin(installation);
  const plan = options.calm === true ? null : planLeaving(random.split('leaving'));
  const leaving =
    plan === null ? nobodyLeaves : letOneLeave({ time, trace, random, installation }, plan, runs);
  const promised: typeof safety.promised = (what, id) => {
    if (!leaving.takes(id)) safety.promised(what, id);
  };
  const acting = letPeopleAct({ time, trace, random, installation, leaving, promised }, runs);
  people = acting;
  const admins = letAdminsAct({ time, trace, random, installation, promised: safety.promised }, world);
  const strikes = strike(
    world,
    installation,
    runs.map(({ id }) => id),
  );
  time.after(faultsEndMs, () => {
    faults.stop();
    trace.tell('world', 'faults end');
  });

  if (options.corrupt === true) corruptOne(world, installation, options.release ?? null);
  const quietAtMs = quietFromMs(faults.mix) + quarantineOf(options);
  let nextLookMs = quietAtMs;
  let left: string | null = 'nothing was looked at';
  time.run(() => {
    if (safety.broken() !== null) return true;
    if (time.now() < nextLookMs) return false;
    const everybody = { people: acting, admins, leaving };
    left = leftOver(world, everybody, strikes.poisoned(), safety);
    if (left === null || time.now() > quietAtMs + REST_MS) return true;
    const sleepMs = idleMs(world, everybody);
    if (sleepMs > 0) {
      trace.tell('world', `sleeps for ${sleepMs}`);
      trace.count('idle time slept away');
      time.sleep(sleepMs);
    }
    nextLookMs = time.now() + LOOK_EACH_MS;
    return false;
  });
  const broken = safety.broken();
  if (broken === null && left !== null) trace.tell('liveness', `NEVER ENDS: ${left}`);
  const contents = options.contents === true ? contentsOf(stores) : null;
  stores.close();
  return {
    seed,
    violation:
      broken !== null
        ? { kind: 'safety', words: broken }
        : left !== null
          ? { kind: 'liveness', words: left }
          : null,
    story: trace.story(),
    counts: trace.counts(),
    hash: trace.hash(),
    steps: time.steps(),
    virtualMs: time.now(),
    contents,
  };
}

/** How long the spoilt record may take to its end. */
const quarantineOf = ({ corrupt, release }: SimulateOptions): number => {
  if (corrupt !== true || release === 'mended') return 0;
  return QUARANTINE_MS + (release === 'in vain' ? 2 * RELEASE_EACH_MS : 0);
};

function drawSettings(random: ReturnType<typeof createRandom>): SharedSettings & { warmTarget: number } {
  return {
    serviceVersion: '0.1.0',
    concurrentMax: 1 + random.below(4),
    concurrentPerUserMax: 1 + random.below(3),
    queueTimeoutMs: random.pick([30_000, 90_000, 180_000]),
    warmTarget: random.below(3),
    nonceSecret: 'the simulation has no secrets',
    drainMs: 5_000,
    retention: drawRetention(random),
  };
}

const keptForEver = { eventsMs: QUARANTINE_MS, runsMs: null };

/** In some seeds so short that events and runs go while others are still under way. */
const drawRetention = (random: ReturnType<typeof createRandom>): SharedSettings['retention'] => ({
  eventsMs: random.pick([5_000, 30_000, 3_600_000]),
  runsMs: random.pick([null, null, 2_000, 60_000]),
});
