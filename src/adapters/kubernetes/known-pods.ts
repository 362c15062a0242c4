// What is known of the pods, and who is told of it: each watcher of every pod once, and then of each change that means something.
import type { PodChange } from '#src/ports/pods.ts';
import { portUid } from './names.ts';
import type { PodObject } from './objects.ts';
import { podStatus } from './pod-status.ts';

export type Watcher = (change: PodChange) => void;

export interface KnownPods {
  pods(): PodObject[];
  see(pod: PodObject): void;
  forget(pod: PodObject): void;
  /** Everything that there is: what is not in it is gone. From now on newcomers are told at once. */
  replace(all: readonly PodObject[]): void;
  /** Resolves when aborted; rejects with the reason of `cut`. */
  watch(watcher: Watcher, signal: AbortSignal): Promise<void>;
  /** Changes may be missed from now on, until all is replaced. */
  cut(reason: Error): void;
}

interface Entry {
  pod: PodObject;
  /** What was told of it. */
  shown: string;
}

interface Listener {
  reject(error: Error): void;
  isTold: boolean;
}

export function knownPods(): KnownPods {
  const known = new Map<string, Entry>();
  const listeners = new Map<Watcher, Listener>();
  let isWhole = false;

  const tell = (change: PodChange): void => {
    for (const [watcher, { isTold }] of listeners) if (isTold) watcher(change);
  };
  const see = (pod: PodObject): void => {
    const status = podStatus(pod);
    if (status === null) return;
    const shown = JSON.stringify(status);
    const before = known.get(status.uid)?.shown;
    known.set(status.uid, { pod, shown });
    // Most of what a cluster writes into a pod means nothing to us.
    if (before !== shown) tell({ kind: 'seen', pod: status });
  };
  const forget = (pod: PodObject): void => {
    const uid = uidOf(pod);
    if (known.delete(uid)) tell({ kind: 'gone', pod: { name: pod.metadata?.name ?? '', uid } });
  };
  const greet = (): void => {
    for (const [watcher, listener] of listeners) {
      if (listener.isTold) continue;
      listener.isTold = true;
      for (const { pod } of known.values()) {
        const status = podStatus(pod);
        if (status !== null) watcher({ kind: 'seen', pod: status });
      }
    }
  };

  return {
    pods: () => [...known.values()].map(({ pod }) => pod),
    see,
    forget,
    replace(all) {
      const there = new Set(all.map(uidOf));
      for (const pod of all) see(pod);
      for (const [uid, { pod }] of known) if (!there.has(uid)) forget(pod);
      isWhole = true;
      greet();
    },
    watch: (watcher, signal) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) return resolve();
        const leave = (): void => {
          listeners.delete(watcher);
          resolve();
        };
        signal.addEventListener('abort', leave, { once: true });
        const cut = (reason: Error): void => {
          signal.removeEventListener('abort', leave);
          reject(reason);
        };
        listeners.set(watcher, { reject: cut, isTold: false });
        if (isWhole) greet();
      }),
    cut(reason) {
      isWhole = false;
      for (const { reject } of listeners.values()) reject(reason);
      listeners.clear();
    },
  };
}

const uidOf = ({ metadata }: PodObject): string => portUid(metadata?.name ?? '', metadata?.uid ?? '');
