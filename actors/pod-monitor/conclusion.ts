// What is said of an attempt's end, once everything that its pod said is stored. Published first and then marked as drained, so
// that a death between the two says it again and never leaves it unsaid.
import type { PodRef, PodStatus } from '#src/ports/pods.ts';
import { attemptEvent, exitedEvents } from '../attempt-events.ts';
import { reportGone } from '../gone.ts';
import { readExitFrame } from './exit-frame.ts';
import type { Observatory } from './observatory.ts';
import { limitThatEnded, reportOfCluster, short, wordsOfPod } from './pod-end.ts';
import { isKept, type Progress } from './progress.ts';

type Pod = Pick<PodStatus, 'name' | 'nodeName'>;

/** Whoever is first to notice the end of a pod that our own drain ends says whose doing it was: the first word counts. */
export async function reportLoss(
  { reporter, shutDown }: Observatory,
  { execution, attempt }: { execution: string; attempt: number },
  pod: PodRef,
  words: string,
): Promise<void> {
  const byUs = shutDown.has(pod.uid);
  const told = byUs ? 'The process that ran it was shut down' : words;
  await reportGone(reporter, { execution, attempt, podName: pod.name }, told, byUs);
}

/** Frame 0 is stored: the script was let go. */
export async function sayRunning(
  observatory: Observatory,
  of: { execution: string; attempt: number },
  pod: Pod,
): Promise<void> {
  const { bus, speaker } = observatory.reporter;
  const common = { execution_id: of.execution, attempt: of.attempt, pod_name: pod.name };
  const running = attemptEvent(speaker, 'pod_running', {
    ...common,
    container_statuses: [{ name: 'script', ready: true, restart_count: 0, state: 'running' }],
  });
  const { nodeName } = pod;
  const scheduled =
    nodeName === null ? [] : [attemptEvent(speaker, 'pod_scheduled', { ...common, node_name: nodeName })];
  await bus.publish([...scheduled, running]);
}

/** The exit frame was heard, and lies in the log unless the log was sealed before it. */
export async function concludeExit(observatory: Observatory, progress: Progress, pod: PodRef): Promise<void> {
  const { execution, attempt, exitFrame } = progress;
  const of = { execution, attempt, podName: pod.name };
  const isThere = exitFrame !== null && isKept(progress, exitFrame.number);
  const exit = isThere ? readExitFrame(exitFrame.data) : null;
  const { bus, speaker } = observatory.reporter;
  if (exit !== null && exitFrame !== null) {
    await bus.publish(exitedEvents(speaker, of, exit, exitFrame.number));
  } else {
    const words = isThere
      ? 'The supervisor told no readable end'
      : 'The output was sealed before the pod told its end';
    await reportLoss(observatory, of, pod, words);
  }
  await observatory.placements.markDrained(execution, attempt);
}

/** The pod ended, everything that it said was read, and no exit frame was among it. */
export async function concludeEnded(
  observatory: Observatory,
  progress: Pick<Progress, 'execution' | 'attempt' | 'stored' | 'seal'>,
  pod: PodStatus,
): Promise<void> {
  const { execution, attempt, stored, seal } = progress;
  const of = { execution, attempt, podName: pod.name };
  const cause = limitThatEnded(pod);
  if (cause !== null && stored >= 0 && seal === null) {
    const { bus, speaker } = observatory.reporter;
    const { reason, message } = pod;
    const exit = reportOfCluster(cause, pod);
    const words = { reason, message: message === null ? null : short(message) };
    await bus.publish(exitedEvents(speaker, of, exit, stored, words));
  } else {
    await reportLoss(observatory, of, pod, wordsOfPod(pod));
  }
  await observatory.placements.markDrained(execution, attempt);
}

/**
 * No pod under the uid any more, by a fresh look. A loss, unless it was asked for: then the worker proves it. The placement is
 * read before the pod is looked for.
 */
export async function concludeVanished(
  observatory: Observatory,
  of: { execution: string; attempt: number },
  pod: PodRef,
): Promise<'vanished' | 'there'> {
  const { placements, pods } = observatory;
  const { execution, attempt } = of;
  const placement = await placements.get(execution, attempt);
  if (placement === null || placement.podUid !== pod.uid) return 'vanished';
  if ((await pods.get(pod.uid)) !== null) return 'there';
  if (placement.state === 'placed' && !placement.drained) {
    await reportLoss(observatory, of, pod, 'The pod is gone');
  }
  await placements.markDrained(execution, attempt);
  return 'vanished';
}
