// The simulated cluster: pods with their supervisors, and what happens to pods without our doing. It outlives every
// process of ours, and tells watchers of each change.
import type { Runtime } from '#src/domain/execution.ts';
import type { PodChange, PodRef, PodSpec, PodStatus } from '#src/ports/pods.ts';
import { EPOCH_MS, type ProcessWorld } from '../process.ts';
import type { Random } from '../random.ts';
import { createPodLines, type PodLines } from './pod-lines.ts';
import { createSupervisor, type Supervisor } from './supervisor.ts';

export interface SimPod {
  /** Where it runs. */
  home: Cluster;
  status: PodStatus;
  spec: PodSpec;
  supervisor: Supervisor;
  lines: PodLines;
  /** Something happened to it that nobody of ours asked for. */
  struck: boolean;
  /** Until when nobody can attach to it or write to it. */
  cutOffUntilMs: number;
  gone: boolean;
}

/** Told of what safety depends on. */
export interface ClusterHooks {
  scriptStarted(pod: SimPod, nonce: string): void;
  confused(pod: SimPod, line: string): void;
}

export interface Cluster {
  pods(): readonly SimPod[];
  byUid(uid: string): SimPod | null;
  byName(name: string): SimPod | null;
  create(name: string, key: string | null, spec: PodSpec): SimPod;
  change(pod: SimPod, change: Partial<PodStatus>): void;
  delete(pod: SimPod, options: { force: boolean; graceMs: number }): void;
  /** The pod is no more, whatever it was doing. */
  remove(pod: SimPod): void;
  end(pod: SimPod, reason: string, message: string): void;
  watch(watcher: (change: PodChange) => void): () => void;
}

export const runtimes: readonly Runtime[] = [
  { language: 'node', version: '22' },
  { language: 'python', version: '3.11' },
];

const FORCE_MS = 10;

/** `nextUid`: unique among all clusters of one world. */
export function createCluster(world: ProcessWorld, hooks: ClusterHooks, nextUid: () => string): Cluster {
  const { time, trace, faults } = world;
  const random = world.random.split('cluster');
  const pods = new Map<string, SimPod>();
  const watchers = new Set<(change: PodChange) => void>();
  const tell = (change: PodChange): void => {
    for (const watcher of watchers) watcher(change);
  };
  const change: Cluster['change'] = (pod, by) => {
    if (pod.gone) return;
    pod.status = { ...pod.status, ...by };
    tell({ kind: 'seen', pod: pod.status });
  };
  const remove: Cluster['remove'] = (pod) => {
    if (pod.gone) return;
    pod.gone = true;
    pod.supervisor.kill();
    pod.lines.end();
    pods.delete(pod.status.uid);
    const { name, uid } = pod.status;
    trace.tell('cluster', `${name} ${uid} is gone`);
    tell({ kind: 'gone', pod: { name, uid } });
  };
  const end: Cluster['end'] = (pod, reason, message) => {
    if (pod.gone || pod.status.phase === 'ended') return;
    pod.supervisor.kill();
    pod.lines.end();
    trace.tell('cluster', `${pod.status.name} ${pod.status.uid} ended: ${reason}`);
    change(pod, { phase: 'ended', reason, message });
    if (pod.status.terminating) time.after(20, () => remove(pod));
  };
  const create: Cluster['create'] = (name, key, spec) => {
    const there = [...pods.values()].find((pod) => pod.status.name === name);
    if (there !== undefined) {
      trace.count('fault: pod exists already');
      return there;
    }
    const uid = nextUid();
    const own = random.split(`pod ${uid}`);
    const pod = assemble(uid, name, key, spec, own);
    pods.set(uid, pod);
    trace.tell('cluster', `${name} ${uid} is created${key === null ? ', warm' : ` for ${key}`}`);
    tell({ kind: 'seen', pod: pod.status });
    schedule(pod, own);
    return pod;
  };
  const assemble = (uid: string, name: string, key: string | null, spec: PodSpec, own: Random): SimPod => {
    const lines = createPodLines(world, own.split('lines'));
    const supervisor = createSupervisor({
      time,
      uid,
      bootFails: faults.on() && own.chance(faults.mix.bootFailure),
      print: lines.print,
      ended: (reason) => {
        if (reason === 'Error') trace.count('fault: supervisor failed to boot');
        if (reason === 'OOMKilled') trace.count('fault: killed without an exit frame');
        end(pod, reason, 'The container ended');
      },
      started: (job) => hooks.scriptStarted(pod, job.nonce),
      confused: (line) => hooks.confused(pod, line),
    });
    const identity = { name, uid, key, runtime: spec.runtime, createdAt: Math.round(EPOCH_MS + time.now()) };
    const life = {
      phase: 'pending',
      reason: null,
      message: null,
      nodeName: null,
      terminating: false,
    } as const;
    const pod: SimPod = {
      home: cluster,
      status: { ...identity, ...life },
      spec,
      supervisor,
      lines,
      struck: false,
      cutOffUntilMs: 0,
      gone: false,
    };
    return pod;
  };
  /** From pending to running, unless the image or the cluster's room is wanting. */
  const schedule = (pod: SimPod, own: Random): void => {
    const run = (): void => {
      if (pod.gone || pod.status.phase !== 'pending' || pod.status.terminating) return;
      change(pod, { phase: 'running', reason: null, message: null, nodeName: 'node-1' });
      time.after(own.between(5, 60), pod.supervisor.boot);
    };
    if (!faults.on() || !own.chance(faults.mix.unstartable)) {
      time.after(own.between(100, 900), run);
      return;
    }
    const [reason, message] = own.pick([
      ['ImagePullBackOff', 'Back-off pulling image'],
      ['Unschedulable', '0/1 nodes are available: insufficient memory'],
    ]);
    trace.count(`fault: pod ${reason}`);
    change(pod, { reason, message });
    if (reason === 'Unschedulable' && own.chance(0.3)) time.after(own.between(3_000, 20_000), run);
  };
  const cluster: Cluster = {
    create,
    change,
    remove,
    end,
    pods: () => [...pods.values()],
    byUid: (uid) => pods.get(uid) ?? null,
    byName: (name) => [...pods.values()].find((pod) => pod.status.name === name) ?? null,
    delete(pod, { force, graceMs }) {
      if (pod.gone) return;
      if (!pod.status.terminating) change(pod, { terminating: true });
      const idle = pod.status.phase !== 'running' || pod.supervisor.job() === null;
      if (!force && !idle) pod.supervisor.terminate(graceMs);
      time.after(force ? FORCE_MS : idle ? 50 : graceMs, () => remove(pod));
    },
    watch(watcher) {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
  };
  return cluster;
}

export const refOf = ({ status: { name, uid } }: SimPod): PodRef => ({ name, uid });
