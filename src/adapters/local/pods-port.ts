// The Pods port over the list of this process: which pod is meant, whether it may be had, and what is told of it.
import { DomainError } from '#src/domain/errors.ts';
import type { Clock } from '#src/ports/clock.ts';
import type { PodSpec, PodStatus, Pods } from '#src/ports/pods.ts';

import type { Interpreter } from './interpreters.ts';
import type { Put } from './placing.ts';
import type { Pod } from './pod.ts';
import { attachTo, deletePod, limitGroup } from './pod-acts.ts';
import type { PodList } from './pod-list.ts';
import type { WarmPool } from './warm-pool.ts';

export interface PodsPortOptions {
  list: PodList;
  put: Put;
  pool: WarmPool;
  clock: Clock;
  interpreters: readonly Interpreter[];
  soleOwner: boolean;
  formerOwners: readonly string[];
}

export function podsPort(options: PodsPortOptions): Pods {
  const { list, put, pool, clock, interpreters, soleOwner, formerOwners } = options;
  const shown = (pod: Pod | undefined): PodStatus | null => (pod ? list.status(pod) : null);
  const creating = creations(list, put);
  return {
    // Sandboxes are children of this process: nobody else sees them, and they die with it.
    ownedByProcess: true,
    // Left-overs were ended before the first of ours was booted.
    soleOwner,
    formerOwners,
    runtimes: async () =>
      interpreters
        .filter(({ version }) => pool.works(version))
        .map(({ version }) => ({ language: 'python', version })),
    warm: async ({ runtime }) =>
      runtime.language === 'python'
        ? list
            .idle(runtime.version)
            .filter((pod) => pod.phase === 'running')
            .map(({ name, uid }) => ({ name, uid }))
        : [],
    async claim(uid, key, { limits }) {
      const pod = list.get(uid);
      if (!pod || pod.terminating || (pod.phase === 'ended' && pod.key !== key)) return 'gone';
      if (pod.key !== null) return pod.key === key ? 'claimed' : 'taken';
      // Taken before anything is awaited, so that nobody else can take it meanwhile.
      Object.assign(pod, { key, limits });
      pool.taken(pod.runtime.version);
      try {
        await limitGroup(pod, limits);
      } catch (error) {
        // A pod that is not held to its run's limits must not serve it, nor any other.
        pod.terminating = true;
        pod.sandbox.kill();
        throw error;
      }
      list.changed(pod);
      return 'claimed';
    },
    async create(name, key, spec) {
      const created = await creating(name, key, spec);
      pool.taken(spec.runtime.version);
      return list.status(created);
    },
    get: async (uid) => shown(list.get(uid)),
    find: async (name) => shown(list.find(name)),
    list: async () => list.all().map(list.status),
    watch: (watcher, signal) => list.watch(watcher, signal),
    async attach(uid) {
      const pod = list.get(uid);
      if (!pod) throw new DomainError('not_found', 'The pod is gone');
      return attachTo(pod);
    },
    async delete(uid, options) {
      const pod = list.get(uid);
      if (!pod) return;
      if (pod.gone) return list.remove(pod);
      const isFirst = !pod.terminating;
      pod.terminating = true;
      if (isFirst) list.changed(pod);
      if (pod.key === null) pool.fill();
      await deletePod(pod, clock, options);
    },
  };
}

/** A name is made once, however often and however fast it is asked for. */
function creations(list: PodList, put: Put): (name: string, key: string, spec: PodSpec) => Promise<Pod> {
  const underWay = new Map<string, Promise<Pod>>();
  return (name, key, { runtime, limits }) => {
    const there = list.find(name);
    if (there) return Promise.resolve(there);
    const begun =
      underWay.get(name) ?? put({ name, key, runtime, limits }).finally(() => underWay.delete(name));
    underWay.set(name, begun);
    return begun;
  };
}
