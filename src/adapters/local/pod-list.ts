// All pods of this process by their uid, and those who are told of each change.
import { DomainError } from '#src/domain/errors.ts';
import type { PodChange, PodStatus } from '#src/ports/pods.ts';

import { type Pod, statusOf } from './pod.ts';

export interface PodList {
  get(uid: string): Pod | undefined;
  find(name: string): Pod | undefined;
  all(): Pod[];
  /** Unclaimed ones of a version, those that still boot too. */
  idle(version: string): Pod[];
  status(pod: Pod): PodStatus;
  add(pod: Pod): void;
  changed(pod: Pod): void;
  remove(pod: Pod): void;
  watch(watcher: (change: PodChange) => void, signal: AbortSignal): Promise<void>;
  /** Cuts every watch; none begins any more. */
  close(): void;
}

export const shuttingDown = (): DomainError =>
  new DomainError('unavailable', 'Sandboxes are being shut down');

export function podList(nodeName: string): PodList {
  const pods = new Map<string, Pod>();
  const watchers = new Map<(change: PodChange) => void, (error: Error) => void>();
  let closed = false;

  const status = (pod: Pod): PodStatus => statusOf(pod, nodeName);
  const tell = (change: PodChange): void => {
    for (const watcher of watchers.keys()) watcher(change);
  };
  const changed = (pod: Pod): void => {
    if (pods.get(pod.uid) === pod) tell({ kind: 'seen', pod: status(pod) });
  };
  return {
    get: (uid) => pods.get(uid),
    find: (name) => [...pods.values()].find((pod) => pod.name === name),
    all: () => [...pods.values()],
    idle: (version) =>
      [...pods.values()].filter(
        (pod) =>
          pod.key === null && !pod.terminating && pod.phase !== 'ended' && pod.runtime.version === version,
      ),
    status,
    add(pod) {
      pods.set(pod.uid, pod);
      changed(pod);
    },
    changed,
    remove(pod) {
      if (pods.delete(pod.uid)) tell({ kind: 'gone', pod: { name: pod.name, uid: pod.uid } });
    },
    watch: (watcher, signal) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) return resolve();
        if (closed) return reject(shuttingDown());
        watchers.set(watcher, reject);
        signal.addEventListener('abort', () => {
          watchers.delete(watcher);
          resolve();
        });
        for (const pod of pods.values()) watcher({ kind: 'seen', pod: status(pod) });
      }),
    close() {
      closed = true;
      for (const reject of watchers.values()) reject(shuttingDown());
      watchers.clear();
    },
  };
}
