// Takes pods away so that their absence proves that nothing of them runs: the node ends the container before the pod is gone. A pod
// whose container has ended goes at once. A node that is not heard of can prove nothing; it ends a pod by itself at the pod's own
// deadline, and only then is the pod taken from the list by force.
import type { Clock } from '#src/ports/clock.ts';
import { portUid } from './names.ts';
import type { PodObject } from './objects.ts';
import type { PodRequests } from './pod-requests.ts';
import { podStatus } from './pod-status.ts';

export interface PodDeletion {
  ask(pod: PodName, graceMs: number): Promise<void>;
  /** What was heard of the pods: one that is to go and has ended meanwhile goes now. */
  look(pods: readonly PodObject[]): Promise<void>;
}

export interface PodName {
  name: string;
  uid: string;
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
  /** When each was asked for first. */
  const asked = new Map<string, number>();
  const force = async (pod: PodName): Promise<void> => {
    asked.delete(keyOf(pod));
    await requests.delete(pod, 0);
  };
  return {
    async ask(pod, graceMs) {
      const left = await requests.delete(pod, Math.max(leastGraceSeconds, Math.ceil(graceMs / 1_000)));
      if (left === null) {
        asked.delete(keyOf(pod));
        return;
      }
      const now = clock.monotonic();
      const since = asked.get(keyOf(pod)) ?? now;
      if (hasEnded(left) || now - since > graceMs + boundMs(left)) return force(pod);
      asked.set(keyOf(pod), since);
      const [oldest] = asked.keys();
      if (asked.size > rememberedMax && oldest !== undefined) asked.delete(oldest);
    },
    async look(pods) {
      if (asked.size === 0) return;
      const ended = pods
        .filter(hasEnded)
        .map(({ metadata: { name = '', uid = '' } = {} }) => ({ name, uid }));
      await Promise.all(ended.filter((pod) => asked.has(keyOf(pod))).map(force));
    },
  };
}

const keyOf = ({ name, uid }: PodName): string => portUid(name, uid);

const hasEnded = (pod: PodObject): boolean => podStatus(pod)?.phase === 'ended';

/** By then its node has ended it, heard of or not: its time began before we asked. */
const boundMs = ({ spec }: PodObject): number => (spec?.activeDeadlineSeconds ?? 0) * 1_000 + marginMs;
