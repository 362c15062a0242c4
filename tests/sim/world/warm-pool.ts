// Keeps so many booted, unclaimed pods as the installation wants; in the real cluster that is the adapter's own business.
import type { PodSpec } from '#src/ports/pods.ts';
import type { VirtualTime } from '../virtual-time.ts';
import type { Cluster } from './cluster.ts';

export interface WarmPool {
  spec: PodSpec;
  target: number;
  isOpen(): boolean;
}

const LOOK_EACH_MS = 1_500;

export function keepWarm(cluster: Cluster, time: VirtualTime, { spec, target, isOpen }: WarmPool): void {
  let made = 0;
  const look = (): void => {
    if (!isOpen()) return;
    const idle = cluster.pods().filter(({ status }) => status.key === null && !status.terminating);
    for (const pod of idle) if (pod.status.phase === 'ended') cluster.remove(pod);
    const usable = idle.filter(({ gone, status: { reason } }) => !gone && reason === null);
    if (usable.length < target) cluster.create(`warm-${++made}`, null, spec);
    time.after(LOOK_EACH_MS, look);
  };
  if (target > 0) time.after(0, look);
}
