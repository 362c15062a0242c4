// Where pods run in one seed: in one cluster that every process sees, or in each process's own sandboxes, which die with it.
import { unavailable } from '#src/domain/errors.ts';
import type { PodSpec } from '#src/ports/pods.ts';
import type { ProcessWorld, SimProcess } from '../process.ts';
import { type Cluster, type ClusterHooks, createCluster, type SimPod } from './cluster.ts';
import { keepWarm } from './warm-pool.ts';

export interface Fleet {
  readonly owned: boolean;
  /** All of them, whoever sees them. */
  pods(): readonly SimPod[];
  /** The pods that this process sees. */
  clusterOf(process: SimProcess): Cluster;
}

export interface FleetOptions {
  /** Pods live and die with the process that made them. */
  owned: boolean;
  warm: { spec: PodSpec; target: number };
}

/** So long a supervisor lives without its owner, at most. */
const ORPHAN_MS_MAX = 90_000;

export function createFleet(world: ProcessWorld, hooks: ClusterHooks, { owned, warm }: FleetOptions): Fleet {
  const { time, trace, random } = world;
  let uids = 0;
  const nextUid = (): string => `u${++uids}`;
  const clusters: Cluster[] = [];
  const open = (isOpen: () => boolean): Cluster => {
    const cluster = createCluster(world, hooks, nextUid);
    clusters.push(cluster);
    keepWarm(cluster, time, { ...warm, isOpen });
    return cluster;
  };
  const pods = (): SimPod[] => clusters.flatMap((cluster) => cluster.pods());
  if (!owned) {
    const cluster = open(() => true);
    return { owned, pods, clusterOf: () => cluster };
  }
  return {
    owned,
    pods,
    clusterOf(process) {
      const cluster = open(process.alive);
      const own = random.split(`sandboxes of ${process.name}`);
      process.onEnd(() => {
        for (const pod of cluster.pods()) {
          pod.struck = true;
          trace.count('fault: sandbox lost its owner');
          // Its input ends, and so does it; a stuck one notices only that nobody speaks any more.
          time.after(own.chance(0.8) ? own.between(1, 200) : own.between(200, ORPHAN_MS_MAX), () =>
            cluster.remove(pod),
          );
        }
      });
      // What a dead process had asked a cluster for may still happen; what it would have done itself does not.
      const create: Cluster['create'] = (...given) => {
        if (!process.alive()) throw unavailable('its process');
        return cluster.create(...given);
      };
      return { ...cluster, create };
    },
  };
}
