// A rolling upgrade in the middle of the faults: processes of the next release, which knows one version more of the execution
// machine, take the places of the others one by one. In some seeds the last old one stays for long, in others one comes back.
import { type Machines, registry } from '#machines/registry.ts';
import type { SagaRecord } from '#src/domain/saga-record.ts';
import { newBinary, nextExecution, oldBinary } from '#tests/machines/next-version.ts';
import type { Installation, Seat } from './installation.ts';
import type { Random } from './random.ts';
import type { Trace } from './trace.ts';
import type { VirtualTime } from './virtual-time.ts';
import type { World } from './world/world.ts';

export interface Upgrade {
  binaryOf(seat: string): Machines;
  begin(installation: Installation): void;
}

export const noUpgrade: Upgrade = { binaryOf: () => registry, begin: () => undefined };

export function planUpgrade(
  { time, trace }: { time: VirtualTime; trace: Trace },
  seats: readonly Seat[],
  random: Random,
): Upgrade {
  const upgraded = new Set<string>();
  const waiting = [...seats];
  const straggles = random.chance(0.6);

  const pauseMs = (left: number): number =>
    left === 1 ? random.between(15_000, 30_000) : random.between(300, 2_500);
  const exchange = (installation: Installation, { name }: Seat): void => {
    trace.tell('world', `${name} gets the ${upgraded.has(name) ? 'new' : 'old'} binary`);
    installation.restart(name);
  };
  const next = (installation: Installation): void => {
    const [seat] = waiting.splice(random.below(waiting.length), 1);
    if (seat === undefined) {
      straggle(installation);
      return;
    }
    upgraded.add(seat.name);
    exchange(installation, seat);
    time.after(straggles ? random.between(50, 500) : pauseMs(waiting.length), () => next(installation));
  };
  /** Somebody starts an old one, when others write already what it does not know. */
  const straggle = (installation: Installation): void => {
    if (!straggles) return;
    const stepping = seats.filter(({ roles }) => roles.includes('saga-orchestrator'));
    const seat = stepping[random.below(stepping.length)];
    if (seat === undefined) return;
    time.after(random.between(6_000, 14_000), () => {
      trace.count('old release came back');
      upgraded.delete(seat.name);
      exchange(installation, seat);
      time.after(random.between(10_000, 25_000), () => {
        upgraded.add(seat.name);
        exchange(installation, seat);
      });
    });
  };
  return {
    binaryOf: (seat) => (upgraded.has(seat) ? newBinary : oldBinary),
    // Late enough that those who do not know the new version have long said so; or early, so that it is written soon.
    begin: (installation) =>
      time.after(straggles ? random.between(500, 4_000) : random.between(18_000, 26_000), () =>
        next(installation),
      ),
  };
}

/** Until an answer is believed no more, with a margin for what is on its way meanwhile. */
const NOTICED_MS = 24_000;
const BEATS_EACH_MS = 5_000;
/** Somewhat less than the time after which nobody counts on a process. */
const SILENT_MS = 25_000;

export interface VersionLaws {
  committed(world: World, before: SagaRecord | null, after: SagaRecord): void;
}

/** What holds of two versions side by side, and what of it was met. */
export function createVersionLaws(trace: Trace, fail: (words: string) => void): VersionLaws {
  /** Living processes that do not know the next version, and since when the store says so. */
  const ignorant = new Map<string, number>();
  const heardAt = new Map<string, number>();

  function look({ documents, time }: World): void {
    for (const { id, body } of documents.all('processes')) {
      const at = Number(body.at);
      // Who was silent for long was rightly taken for gone, and is heard of anew.
      const wasSilent = at - (heardAt.get(id) ?? at) > SILENT_MS;
      heardAt.set(id, at);
      if (versionIn(body.versions) >= nextExecution.version) continue;
      if (wasSilent || !ignorant.has(id)) ignorant.set(id, time.now());
    }
  }
  /** Somebody who has long told that he does not know it, and who told something just now. */
  function disregarded({ documents, time, wallNow }: World): string | undefined {
    return documents.all('processes').find(({ id, body }) => {
      const since = ignorant.get(id) ?? time.now();
      return time.now() - since > NOTICED_MS && wallNow() - Number(body.at) < BEATS_EACH_MS * 1.5;
    })?.id;
  }

  return {
    committed(world, before, after) {
      if (after.machine !== nextExecution.name) return;
      look(world);
      const { id, machineVersion } = after;
      const was = before?.machineVersion ?? machineVersion;
      if (machineVersion < was) fail(`${id}: its machine's version went back to ${machineVersion}`);
      if (machineVersion > was) trace.count('record upcast');
      const unfinished = world.records
        .all()
        .filter(({ machine, final }) => machine === after.machine && !final);
      if (new Set(unfinished.map((record) => record.machineVersion)).size > 1)
        trace.count('two machine versions side by side');
      const isNew = machineVersion === nextExecution.version && (before === null || machineVersion > was);
      // Who stalls between its decision and its commit has decided by what was true before.
      if (!isNew || world.faults.mix.stall > 0) return;
      const left = disregarded(world);
      if (left !== undefined) fail(`${id}: written in a version that ${left} has long not known`);
    },
  };
}

const versionIn = (versions: unknown): number =>
  typeof versions === 'object' && versions !== null
    ? Number(Reflect.get(versions, nextExecution.name) ?? 0)
    : 0;
