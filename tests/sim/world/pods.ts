// The Pods port of one process onto the simulated cluster.
import { DomainError, unavailable } from '#src/domain/errors.ts';
import type {
  ClaimOutcome,
  PodChange,
  PodChannel,
  PodRef,
  PodSpec,
  PodStatus,
  Pods,
} from '#src/ports/pods.ts';
import type { ProcessWorld, SimProcess } from '../process.ts';
import { type Cluster, refOf, runtimes } from './cluster.ts';
import { copy } from './copy.ts';
import type { Fleet } from './fleet.ts';
import { tear } from './pod-lines.ts';

export interface PodsWorld {
  portOf(process: SimProcess): Pods;
  /** Every watch is cut, as a proxy's restart does. */
  cutWatches(): void;
}

export function createPods(fleet: Fleet, world: ProcessWorld): PodsWorld {
  const cuts = new Set<() => void>();
  return {
    cutWatches() {
      if (cuts.size > 0) world.trace.count('fault: watch cut');
      for (const cut of [...cuts]) cut();
    },
    portOf(process) {
      const cluster = fleet.clusterOf(process);
      return {
        ownedByProcess: fleet.owned,
        ...askingPort(cluster, process, world),
        list: listing(cluster, process, world, fleet.owned),
        watch: (changed, signal) => watch(cluster, process, world, cuts, changed, signal),
        attach: (uid) => attach(cluster, process, world, uid),
      };
    },
  };
}

function askingPort(
  cluster: Cluster,
  { name: processName, call }: SimProcess,
  { trace, faults, random: source }: ProcessWorld,
): Omit<Pods, 'list' | 'watch' | 'attach'> {
  const random = source.split(`pods ${processName}`);
  const claim = (uid: string, key: string, spec: PodSpec): ClaimOutcome => {
    const pod = cluster.byUid(uid);
    if (pod === null || pod.status.terminating || pod.status.phase === 'ended') return 'gone';
    if (pod.status.key === key) return 'claimed';
    if (pod.status.key !== null) return 'taken';
    pod.spec = spec;
    cluster.change(pod, { key });
    return 'claimed';
  };
  const create = (name: string, key: string, spec: PodSpec): PodStatus => {
    if (!runtimes.some((runtime) => sameRuntime({ runtime, limits: spec.limits }, spec)))
      throw new DomainError('validation', 'No image for this runtime');
    if (faults.on() && random.chance(faults.mix.creationRefused)) {
      trace.count('fault: creation refused');
      throw new DomainError('forbidden', 'exceeded quota');
    }
    return cluster.create(name, key === '' ? null : key, spec).status;
  };
  const warm = (spec: PodSpec): PodRef[] =>
    cluster
      .pods()
      .filter(({ status }) => status.key === null && status.phase === 'running' && !status.terminating)
      .filter((pod) => sameRuntime(pod.spec, spec))
      .map(refOf);
  const remove = (uid: string, options: { force: boolean; graceMs: number }): void => {
    const pod = cluster.byUid(uid);
    if (pod !== null) cluster.delete(pod, options);
  };
  return {
    runtimes: () => call('cluster', 'pods.runtimes', () => [...runtimes]),
    warm: (spec) => call('cluster', 'pods.warm', warm, spec),
    claim: (uid, key, spec) => call('cluster', 'pods.claim', claim, uid, key, spec),
    create: (name, key, spec) => call('cluster', 'pods.create', create, name, key, spec),
    get: (uid) => call('cluster', 'pods.get', (wanted) => cluster.byUid(wanted)?.status ?? null, uid),
    find: (name) => call('cluster', 'pods.find', (wanted) => cluster.byName(wanted)?.status ?? null, name),
    delete: (uid, options) => call('cluster', 'pods.delete', remove, uid, options),
  };
}

const sameRuntime = (left: PodSpec, right: PodSpec): boolean =>
  left.runtime.language === right.runtime.language && left.runtime.version === right.runtime.version;

/** A cluster may answer from a cache: then its list is that of an earlier look. Nobody's own sandboxes are old news to him. */
function listing(
  cluster: Cluster,
  { name, call }: SimProcess,
  { trace, faults, random: source }: ProcessWorld,
  owned: boolean,
): Pods['list'] {
  const random = source.split(`list ${name}`);
  let cached: PodStatus[] | null = null;
  const list = (): PodStatus[] => {
    if (cached !== null && !owned && faults.on() && random.chance(faults.mix.listOld)) {
      trace.count('fault: list old');
      return cached;
    }
    cached = cluster.pods().map(({ status }) => status);
    return cached;
  };
  return () => call('cluster', 'pods.list', list);
}

/** Every pod once, then each change in order; late, but never out of order. */
function watch(
  cluster: Cluster,
  process: SimProcess,
  { time, trace, faults, random: source }: ProcessWorld,
  cuts: Set<() => void>,
  changed: (change: PodChange) => void,
  signal: AbortSignal,
): Promise<void> {
  const random = source.split(`watch ${process.name}`);
  return new Promise((resolve, reject) => {
    let live = true;
    let lastArrival = 0;
    let leave: () => void = () => undefined;
    const end = (settle: () => void): void => {
      if (!live) return;
      live = false;
      leave();
      cuts.delete(cut);
      signal.removeEventListener('abort', aborted);
      settle();
    };
    const cut = (): void => void process.after(0, () => end(() => reject(new Error('the watch was cut'))));
    const aborted = (): void => end(resolve);
    const tell = (change: PodChange): void => {
      const seen = copy(change);
      const late = faults.on() && random.chance(faults.mix.watchLate);
      if (late) trace.count('fault: watch late');
      const delayMs = late ? random.between(500, 8_000) : random.between(0.5, 8);
      lastArrival = Math.max(lastArrival, time.now() + delayMs);
      time.after(lastArrival - time.now(), () =>
        process.after(0, () => {
          if (live) changed(seen);
        }),
      );
    };
    if (signal.aborted) return aborted();
    signal.addEventListener('abort', aborted, { once: true });
    process.onEnd(() => end(() => undefined));
    const begin = (): void => {
      if (!live) return;
      leave = cluster.watch(tell);
      cuts.add(cut);
      for (const { status } of cluster.pods()) tell({ kind: 'seen', pod: status });
    };
    process.call('cluster', 'pods.watch', begin).catch((error: unknown) => end(() => reject(error)));
  });
}

async function attach(
  cluster: Cluster,
  process: SimProcess,
  { time, trace, faults, random: source }: ProcessWorld,
  uid: string,
): Promise<PodChannel> {
  const random = source.split(`attach ${uid} ${process.name}`);
  const found = (wanted: string) => {
    const pod = cluster.byUid(wanted);
    if (pod === null) throw new DomainError('not_found', 'No such pod');
    if (time.now() < pod.cutOffUntilMs) throw unavailable('the pod');
    return pod;
  };
  await process.call('cluster', 'pods.attach', (wanted) => void found(wanted), uid);
  const pod = found(uid);
  const reader = pod.lines.open(process);
  let before: Promise<unknown> = Promise.resolve();
  const hand = (text: string): void => {
    const { supervisor } = found(uid);
    if (reader.isClosed()) throw unavailable('a channel that somebody else took over');
    const strikes = (rate: number): boolean => faults.on() && random.chance(rate);
    if (strikes(faults.mix.lineBroken)) {
      trace.count('fault: line to the supervisor broken');
      supervisor.write(tear(text, random));
    } else supervisor.write(text);
    if (!strikes(faults.mix.lineRepeated)) return;
    trace.count('fault: line to the supervisor repeated');
    supervisor.write(text);
  };
  return {
    lines: reader.lines,
    close: reader.close,
    // One stream: what was handed over first arrives first, whatever becomes of it.
    write(text) {
      const sent = before.then(() => process.call('cluster', 'channel.write', hand, text));
      before = Promise.allSettled([sent]);
      return sent;
    },
  };
}
