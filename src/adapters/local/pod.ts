// What the adapter keeps of one pod, and how that shows through the port.
import type { Limits, Runtime } from '#src/domain/execution.ts';
import type { PodStatus } from '#src/ports/pods.ts';

import type { Group } from './groups.ts';
import type { Sandbox, SandboxEnd } from './sandbox.ts';

export interface Pod {
  name: string;
  uid: string;
  key: string | null;
  runtime: Runtime;
  phase: PodStatus['phase'];
  reason: string | null;
  message: string | null;
  createdAt: number;
  terminating: boolean;
  sandbox: Sandbox;
  group: Group | null;
  /** What its group holds it to. */
  limits: Limits;
  /** The process is gone and so is everything it made. */
  gone: boolean;
}

export const statusOf = (pod: Pod, nodeName: string): PodStatus => ({
  name: pod.name,
  uid: pod.uid,
  key: pod.key,
  runtime: pod.runtime,
  phase: pod.phase,
  reason: pod.reason,
  message: pod.message,
  createdAt: pod.createdAt,
  nodeName,
  terminating: pod.terminating,
});

/** How a sandbox's process ended, in words like a cluster's. */
export function wordsOfEnd(end: SandboxEnd, wasReady: boolean): { reason: string; message: string | null } {
  if (end.exitCode === 0) return { reason: 'Completed', message: end.words || null };
  if (!wasReady) return { reason: 'CouldNotStart', message: end.words || null };
  if (end.exitCode === killed || end.signal) return { reason: 'Killed', message: end.words || null };
  return { reason: 'Error', message: end.words || null };
}

/** The waiting process answers so when the first process inside was killed. */
const killed = 128 + 9;
