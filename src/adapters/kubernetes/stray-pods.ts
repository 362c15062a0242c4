// Which pods of ours may be nobody's. Pure: whether a warm one of another make is kept by another process is still to be asked.
import { labels } from './names.ts';
import type { PodObject } from './objects.ts';
import { podStatus } from './pod-status.ts';

/** A process of another release may have made it a moment ago, and not be its keeper yet. */
const settledMs = 60_000;
/** No look takes longer. */
const probeMs = 900_000;

export function strayPods(pods: readonly PodObject[], ours: ReadonlySet<string>, now: number): PodObject[] {
  return pods.filter((pod) => {
    const status = podStatus(pod);
    if (status === null || status.terminating) return false;
    const marks = pod.metadata?.labels ?? {};
    const ageMs = now - status.createdAt;
    if (marks[labels.state] === 'probe') return status.phase === 'ended' || ageMs > probeMs;
    if (marks[labels.state] !== 'warm') return false;
    return !ours.has(marks[labels.template] ?? '') && ageMs > settledMs;
  });
}
