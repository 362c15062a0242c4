// Takes pods away so that their absence proves that nothing of them runs: the node ends the container before the pod is gone. A
// node that is not heard of can prove nothing; it ends a pod by itself at the pod's own deadline, and only then is the pod taken
// from the list by force.
import type { Clock } from '#src/ports/clock.ts';
import { portUid } from './names.ts';
import type { PodObject } from './objects.ts';
import type { PodRequests } from './pod-requests.ts';

export interface PodDeletion {
  ask(pod: { name: string; uid: string }, graceMs: number): Promise<void>;
}

/** With none at all a pod would be gone before its container is. */
const leastGraceSeconds = 1;
const marginMs = 60_000;
/** So many are remembered at most: the oldest only begin to wait anew. */
const rememberedMax = 1_000;

export function podDeletion({
  requests,
  clock,
}: {
  requests: Pick<PodRequests, 'delete'>;
  clock: Pick<Clock, 'monotonic'>;
}): PodDeletion {
  const askedAt = new Map<string, number>();
  return {
    async ask(pod, graceMs) {
      const left = await requests.delete(pod, Math.max(leastGraceSeconds, Math.ceil(graceMs / 1_000)));
      const key = portUid(pod.name, pod.uid);
      if (left === null) {
        askedAt.delete(key);
        return;
      }
      const now = clock.monotonic();
      const since = askedAt.get(key) ?? now;
      if (now - since > graceMs + boundMs(left)) await requests.delete(pod, 0);
      askedAt.set(key, since);
      const [oldest] = askedAt.keys();
      if (askedAt.size > rememberedMax && oldest !== undefined) askedAt.delete(oldest);
    },
  };
}

/** By then its node has ended it, heard of or not: its time began before we asked. */
const boundMs = ({ spec }: PodObject): number => (spec?.activeDeadlineSeconds ?? 0) * 1_000 + marginMs;
