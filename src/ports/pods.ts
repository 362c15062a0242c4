// Where scripts run. Adapters `local` and `kubernetes` pass one suite; the simulation has its own.
import type { Limits, Runtime } from '#src/domain/execution.ts';

export interface PodSpec {
  runtime: Runtime;
  limits: Limits;
}

export interface PodRef {
  name: string;
  uid: string;
}

export const podPhases = ['pending', 'running', 'ended'] as const;
export type PodPhase = (typeof podPhases)[number];

export interface PodStatus extends PodRef {
  /** `<execution>:<attempt>` once claimed or created for one; null while warm. */
  key: string | null;
  runtime: Runtime;
  phase: PodPhase;
  /** The cluster's own word: `Evicted`, `OOMKilled`, `ImagePullBackOff`, `Unschedulable`; null when there is none. */
  reason: string | null;
  /** The cluster's own sentence. */
  message: string | null;
  createdAt: number;
  nodeName: string | null;
  /** Being deleted. */
  terminating: boolean;
}

export type PodChange = { kind: 'seen'; pod: PodStatus } | { kind: 'gone'; pod: PodRef };

export type ClaimOutcome = 'claimed' | 'gone' | 'taken';

/** The supervisor's stdin and stdout, as lines. What the lines mean is not this port's business. */
export interface PodChannel {
  /** Resolves when handed over; rejects when the pod is gone. */
  write(text: string): Promise<void>;
  /** Lines without their newline, from the first that was not yet read; ends when the pod does. */
  lines(): AsyncIterable<string>;
  close(): void;
}

export interface Pods {
  /**
   * True when pods live and die with this process and no other process sees them: their placements are then this process's
   * own, and that they are not found elsewhere proves nothing. Absent: every process sees the same pods.
   */
  readonly ownedByProcess?: boolean;
  /**
   * With `ownedByProcess`: this process is the only one that has pods. Its installation admits one process at a time, and when
   * it started it made sure that nothing of an earlier one was left: a pod of any other owner is gone.
   */
  readonly soleOwner?: boolean;
  /** With `ownedByProcess`: processes whose pods are gone, because this one took their place and ended what they had left. */
  readonly formerOwners?: readonly string[];
  /** Languages and versions that can run here, versions ascending. */
  runtimes(): Promise<Runtime[]>;
  /** Booted, unclaimed pods that can serve this spec. */
  warm(spec: PodSpec): Promise<PodRef[]>;
  /** On condition of its uid and of not being claimed; repeating a claim of one's own key answers `claimed`. */
  claim(uid: string, key: string, spec: PodSpec): Promise<ClaimOutcome>;
  /** Idempotent by name: a pod that is there is answered as it is. Throws `validation` for what can never start. */
  create(name: string, key: string, spec: PodSpec): Promise<PodStatus>;
  /** A fresh look, never from a cache. */
  get(uid: string): Promise<PodStatus | null>;
  find(name: string): Promise<PodStatus | null>;
  /** May be that of a moment ago: what is not in it may be there all the same. */
  list(): Promise<PodStatus[]>;
  /** Calls for every pod once and then for each change; rejects when the watch is cut, resolves when aborted. */
  watch(changed: (change: PodChange) => void, signal: AbortSignal): Promise<void>;
  /** Rejects with `not_found` when there is no such pod. A second attach takes the channel over. */
  attach(uid: string): Promise<PodChannel>;
  /** Absent is done. Resolves when asked for, not when gone: `get` proves that. */
  delete(uid: string, options: { force: boolean; graceMs: number }): Promise<void>;
}
