// What goes wrong in one seed. Each seed has its own mix, some faults rare, some frequent, some absent: an average mix
// would never show what only happens when one thing fails again and again.
import { type Random, scatter } from './random.ts';

export const parts = ['store', 'bus', 'cluster', 'leases'] as const;
export type Part = (typeof parts)[number];

export interface Outage {
  part: Part;
  fromMs: number;
  toMs: number;
  /** Cut off from some processes only, while the others go on with it. */
  forSome: boolean;
}

export interface FaultMix {
  /** Chances, for each call that a process makes. */
  death: number;
  stall: number;
  refused: number;
  /** It took effect, but the caller hears of a failure. */
  deniedAfterwards: number;
  /** The caller hears of a failure, and it takes effect later. */
  lateEffect: number;
  /** The store's clock corrects ours by up to a second, forth or back. */
  clockCorrected: number;
  /** For each message. */
  delayed: number;
  doubled: number;
  /** For each hint. */
  hintLost: number;
  /** For each line to or from a supervisor. */
  lineBroken: number;
  lineRepeated: number;
  /** For each pod that is created. */
  unstartable: number;
  bootFailure: number;
  /** For each request to create one. */
  creationRefused: number;
  /** Mean pauses between strikes of the world; Infinity for never. */
  podStrikeMs: number;
  watchCutMs: number;
  /** One pod cannot be reached for longer than its supervisor bears. */
  cutOffMs: number;
  /** For each change that a watch tells: what follows waits too. */
  watchLate: number;
  /** For each list of pods: answered from a cache, as it was the last time. */
  listOld: number;
  leaseForgottenMs: number;
  drainMs: number;
  poisonMs: number;
  /** The same, for a command that a run waits for. */
  commandPoisonMs: number;
  /** For each read of what a run wrote: refused, and no pause would help. */
  unreadable: number;
  /** The wall clock of one process jumps by minutes or an hour, and comes back later. */
  clockJumpMs: number;
  outages: readonly Outage[];
  /** When every process is gone, and for how long. */
  powerCut: { atMs: number; forMs: number } | null;
}

export interface Faults {
  readonly mix: FaultMix;
  on(): boolean;
  stop(): void;
  away(part: Part, nowMs: number, processName: string): boolean;
}

export function createFaults(mix: FaultMix): Faults {
  let on = true;
  return {
    mix,
    on: () => on,
    stop() {
      on = false;
    },
    away: (part, nowMs, processName) =>
      mix.outages.some(
        (outage) =>
          outage.part === part &&
          outage.fromMs <= nowMs &&
          nowMs < outage.toMs &&
          (!outage.forSome || scatter(processName, 0) % 2 === 0),
      ),
  };
}

export const noFaults: FaultMix = {
  death: 0,
  stall: 0,
  refused: 0,
  deniedAfterwards: 0,
  lateEffect: 0,
  clockCorrected: 0,
  delayed: 0,
  doubled: 0,
  hintLost: 0,
  lineBroken: 0,
  lineRepeated: 0,
  unstartable: 0,
  bootFailure: 0,
  creationRefused: 0,
  podStrikeMs: Number.POSITIVE_INFINITY,
  watchCutMs: Number.POSITIVE_INFINITY,
  cutOffMs: Number.POSITIVE_INFINITY,
  watchLate: 0,
  listOld: 0,
  leaseForgottenMs: Number.POSITIVE_INFINITY,
  drainMs: Number.POSITIVE_INFINITY,
  poisonMs: Number.POSITIVE_INFINITY,
  commandPoisonMs: Number.POSITIVE_INFINITY,
  unreadable: 0,
  clockJumpMs: Number.POSITIVE_INFINITY,
  outages: [],
  powerCut: null,
};

export function drawMix(random: Random): FaultMix {
  // Squared, so that most seeds see a fault rarely and a few see it all the time.
  const some = (most: number): number => (random.chance(0.25) ? 0 : most * random.next() ** 2);
  const pause = (low: number, high: number, probability: number, from = random): number =>
    from.chance(probability) ? from.between(low, high) : Number.POSITIVE_INFINITY;
  // Streams of their own: what was drawn before them stays as it was.
  const commands = random.split('commands');
  const reads = random.split('reads');
  const clocks = random.split('clocks');
  const lists = random.split('lists');
  return {
    death: some(0.004),
    stall: some(0.002),
    refused: some(0.015),
    deniedAfterwards: some(0.015),
    lateEffect: some(0.008),
    clockCorrected: some(0.01),
    delayed: some(0.4),
    doubled: some(0.3),
    hintLost: random.chance(0.3) ? 1 : some(0.5),
    lineBroken: some(0.05),
    lineRepeated: some(0.1),
    unstartable: some(0.15),
    bootFailure: some(0.08),
    creationRefused: some(0.08),
    podStrikeMs: pause(2_000, 25_000, 0.7),
    watchCutMs: pause(1_000, 20_000, 0.6),
    watchLate: some(0.2),
    listOld: lists.chance(0.5) ? 0.3 * lists.next() : 0,
    leaseForgottenMs: pause(8_000, 40_000, 0.4),
    drainMs: pause(4_000, 30_000, 0.4),
    poisonMs: pause(5_000, 40_000, 0.3),
    commandPoisonMs: pause(3_000, 30_000, 0.25, commands),
    unreadable: reads.chance(0.2) ? 0.2 * reads.next() : 0,
    clockJumpMs: pause(3_000, 25_000, 0.3, clocks),
    outages: parts.flatMap((part) => drawOutage(part, random)),
    powerCut: random.chance(0.12)
      ? { atMs: random.between(5_000, 35_000), forMs: random.between(10_000, 120_000) }
      : null,
    cutOffMs: pause(1_000, 8_000, 0.3),
  };
}

export const faultsEndMs = 60_000;

/** From when on nothing fails, nobody is away any more, and everybody has had time to notice. */
export const quietFromMs = (mix: FaultMix): number => Math.max(faultsEndMs, allBackMs(mix)) + NOTICED_MS;

/** Whether somebody may still not have noticed that nothing is away any more. */
export const isRecovering = (mix: FaultMix, nowMs: number): boolean => nowMs < allBackMs(mix) + NOTICED_MS;

const NOTICED_MS = 20_000;

function allBackMs({ outages, powerCut }: FaultMix): number {
  const ends = outages.map(({ toMs }) => toMs);
  if (powerCut !== null) ends.push(powerCut.atMs + powerCut.forMs);
  return Math.max(...ends);
}

function drawOutage(part: Part, random: Random): Outage[] {
  if (!random.chance(0.25)) return [];
  const fromMs = random.between(2_000, 40_000);
  const length = random.chance(0.15) ? random.between(60_000, 110_000) : random.between(2_000, 25_000);
  // Long enough that an owner of sandboxes is taken for dead while it lives.
  if (part === 'leases' && random.chance(0.3))
    return [{ part, fromMs, toMs: fromMs + random.between(150_000, 240_000), forSome: true }];
  return [{ part, fromMs, toMs: fromMs + length, forSome: random.chance(0.25) }];
}

/** One line for the story: the rates that are not zero. */
export function describeMix(mix: FaultMix): string {
  const { outages, powerCut, ...rates } = mix;
  const words = Object.entries(rates)
    .filter(([, rate]) => rate !== 0 && rate !== Number.POSITIVE_INFINITY)
    .map(([name, rate]) => `${name} ${rate < 1 ? rate.toFixed(4) : rate.toFixed(0)}`);
  for (const { part, fromMs, toMs, forSome } of outages)
    words.push(`${part} away ${fromMs.toFixed(0)}–${toMs.toFixed(0)}${forSome ? ' for some' : ''}`);
  if (powerCut !== null)
    words.push(`all gone at ${powerCut.atMs.toFixed(0)} for ${powerCut.forMs.toFixed(0)}`);
  return words.join(', ');
}
