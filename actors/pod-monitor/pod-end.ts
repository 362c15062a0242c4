// What a cluster's words mean. Pure. A phase alone ends nothing; only these few reasons are an end by a limit, everything else
// that ends a pod without an exit frame is a loss by the platform.
import type { ExitCause, ExitReport } from '#src/domain/execution.ts';
import { beginning } from '#src/domain/sizes.ts';
import type { PodStatus } from '#src/ports/pods.ts';

const pullAfterMs = 10_000;
const unschedulableAfterMs = 30_000;
const pendingAfterMs = 300_000;
const sigkill = 9;

const misconfigured = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
]);

/** The limit that ended a pod without an exit frame, or null for a loss. */
export function limitThatEnded(pod: Pick<PodStatus, 'reason' | 'message'>): ExitCause | null {
  if (pod.reason === 'OOMKilled') return 'out_of_memory';
  if (pod.reason === 'DeadlineExceeded') return 'timed_out';
  if (pod.reason === 'Evicted' && exceedsItsOwn(pod.message ?? '')) return 'disk_full';
  return null;
}

/** An eviction for the pod's own use of disk, not for the node's want of it. */
const exceedsItsOwn = (message: string): boolean =>
  message.includes('exceeds the limit') ||
  message.includes('exceeds the total limit') ||
  message.includes('exceeded its local ephemeral storage limit');

/** What is known of an end that only the cluster tells. */
export const reportOfCluster = (
  cause: ExitCause,
  pod: Pick<PodStatus, 'reason' | 'message'>,
): ExitReport => ({
  cause,
  exitCode: null,
  signal: sigkill,
  usage: { wallMs: 0, cpuMs: 0, memoryPeakBytes: 0 },
  stdoutBytes: 0,
  stderrBytes: 0,
  truncated: false,
  detail: wordsOfPod(pod),
});

export const wordsOfPod = (pod: Pick<PodStatus, 'reason' | 'message'>): string => {
  const words = [pod.reason, pod.message].filter((word) => word !== null && word !== '').join(': ');
  return short(words) || 'The pod ended without a word';
};

/** A cluster's words go into events and records, several times. */
export const short = (words: string): string => beginning(words, 2_048);

/** Why a pending pod will not start, once that is plain; null while it may still. */
export function unstartable(pod: PodStatus, now: number): { words: string; retryable: boolean } | null {
  const pendingMs = now - pod.createdAt;
  if (pod.phase !== 'pending') return null;
  if (pod.reason !== null && misconfigured.has(pod.reason)) {
    return pendingMs < pullAfterMs ? null : { words: wordsOfPod(pod), retryable: false };
  }
  if (pod.reason === 'Unschedulable' && pendingMs >= unschedulableAfterMs) {
    return { words: wordsOfPod(pod), retryable: true };
  }
  if (pendingMs < pendingAfterMs) return null;
  const words = pod.reason === null ? 'The pod did not start in time' : wordsOfPod(pod);
  return { words, retryable: true };
}
