// What a cluster's pod is to us. Pure. Phase, reason and message are the cluster's own words; nothing is concluded here.
import type { PodPhase, PodStatus } from '#src/ports/pods.ts';
import { containerName, keyAnnotation, labels, portUid } from './names.ts';
import type { ContainerState, PodCondition, PodObject } from './objects.ts';

/** Null for what lacks what every pod of ours has. */
export function podStatus(pod: PodObject): PodStatus | null {
  const { name, uid, creationTimestamp, deletionTimestamp } = pod.metadata ?? {};
  const marks = pod.metadata?.labels ?? {};
  const language = marks[labels.language];
  const version = marks[labels.version];
  if (name === undefined || uid === undefined || language === undefined || version === undefined) return null;
  const phase = phaseOf(pod);
  return {
    name,
    uid: portUid(name, uid),
    key: pod.metadata?.annotations?.[keyAnnotation] || null,
    runtime: { language, version },
    phase,
    ...wordsOf(pod, phase),
    createdAt: Date.parse(creationTimestamp ?? '') || 0,
    nodeName: pod.spec?.nodeName ?? null,
    terminating: deletionTimestamp !== undefined,
  };
}

function phaseOf(pod: PodObject): PodPhase {
  const phase = pod.status?.phase;
  if (phase === 'Succeeded' || phase === 'Failed') return 'ended';
  // Its one container is never started again.
  if (stateOf(pod).terminated !== undefined) return 'ended';
  // Unknown: its node does not answer, and it may well go on.
  return phase === 'Running' || phase === 'Unknown' ? 'running' : 'pending';
}

const stateOf = (pod: PodObject): ContainerState =>
  pod.status?.containerStatuses?.find(({ name }) => name === containerName)?.state ?? {};

interface Words {
  reason: string | null;
  message: string | null;
}

function wordsOf(pod: PodObject, phase: PodPhase): Words {
  if (phase === 'running') return { reason: null, message: null };
  return phase === 'ended' ? wordsOfEnd(pod) : wordsOfWaiting(pod);
}

/** Of the pod before those of its container: an eviction explains the signal that the container died of. */
function wordsOfEnd(pod: PodObject): Words {
  const { reason, message } = pod.status ?? {};
  if (reason !== undefined) return { reason, message: message ?? null };
  const disruption = conditionOf(pod, 'DisruptionTarget', 'True');
  if (disruption?.reason !== undefined) {
    return { reason: disruption.reason, message: disruption.message ?? null };
  }
  const { terminated } = stateOf(pod);
  if (terminated === undefined) return { reason: null, message: message ?? null };
  return { reason: terminated.reason ?? null, message: terminated.message ?? codeOf(terminated) };
}

function codeOf({ exitCode, signal }: { exitCode?: number; signal?: number }): string | null {
  if (signal !== undefined && signal > 0) return `signal ${signal}`;
  return exitCode === undefined ? null : `exit code ${exitCode}`;
}

/** The ordinary steps of a start are no reasons. */
const underWay = new Set(['ContainerCreating', 'PodInitializing']);

function wordsOfWaiting(pod: PodObject): Words {
  const { waiting } = stateOf(pod);
  if (waiting?.reason !== undefined && !underWay.has(waiting.reason)) {
    return { reason: waiting.reason, message: waiting.message ?? null };
  }
  const unscheduled = conditionOf(pod, 'PodScheduled', 'False');
  return { reason: unscheduled?.reason ?? null, message: unscheduled?.message ?? null };
}

const conditionOf = (pod: PodObject, type: string, status: string): PodCondition | undefined =>
  pod.status?.conditions?.find((condition) => condition.type === type && condition.status === status);
