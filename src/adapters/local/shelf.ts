// All pods of this process by their uid: put there, claimed, watched, taken away once they are proved gone.
import { DomainError } from '#src/domain/errors.ts';
import type { Limits, Runtime } from '#src/domain/execution.ts';
import type { Clock } from '#src/ports/clock.ts';
import type { Logger } from '#src/ports/logger.ts';
import type { PodChange, PodStatus, Pods } from '#src/ports/pods.ts';

import type { Boots } from './boot.ts';
import type { Interpreter } from './interpreters.ts';
import { type Pod, statusOf, wordsOfEnd } from './pod.ts';
import { attachTo, deletePod, limitGroup } from './pod-acts.ts';
import type { WarmPool } from './warm-pool.ts';

export interface Wish {
  /** Null: a warm one, named after its uid. */
  name: string | null;
  key: string | null;
  runtime: Runtime;
  limits: Limits;
}

export interface Shelf {
  put(wish: Wish): Promise<Pod>;
  /** Unclaimed ones of a runtime, those still booting too. */
  idle(runtime: Runtime): Pod[];
  pods(pool: WarmPool): Pods;
  stop(): Promise<void>;
}

export interface ShelfOptions {
  boot: Boots;
  clock: Clock;
  logger: Logger;
  interpreters: readonly Interpreter[];
  nodeName: string;
}

type Watcher = (change: PodChange) => void;

const shuttingDown = (): DomainError => new DomainError('unavailable', 'Sandboxes are being shut down');

export function shelf({ boot, clock, logger, interpreters, nodeName }: ShelfOptions): Shelf {
  const all = new Map<string, Pod>();
  const watchers = new Map<Watcher, (error: Error) => void>();
  const creating = new Map<string, Promise<Pod>>();
  let stopped = false;

  const status = (pod: Pod): PodStatus => statusOf(pod, nodeName);
  const tell = (change: PodChange): void => {
    for (const watcher of watchers.keys()) watcher(change);
  };
  const changed = (pod: Pod): void => {
    if (all.get(pod.uid) === pod) tell({ kind: 'seen', pod: status(pod) });
  };
  const remove = (pod: Pod): void => {
    if (all.delete(pod.uid)) tell({ kind: 'gone', pod: { name: pod.name, uid: pod.uid } });
  };

  const put = async ({ name, key, runtime, limits }: Wish): Promise<Pod> => {
    const interpreter = interpreters.find(({ version }) => version === runtime.version);
    if (runtime.language !== 'python' || !interpreter) {
      throw new DomainError('validation', `${runtime.language} ${runtime.version} cannot run here`);
    }
    if (stopped) throw shuttingDown();
    const uid = crypto.randomUUID();
    const { sandbox, group } = await boot.boot(uid, interpreter, limits);
    const pod: Pod = {
      name: name ?? `warm-${uid}`,
      uid,
      key,
      runtime,
      phase: 'pending',
      reason: null,
      message: null,
      createdAt: clock.now(),
      terminating: false,
      sandbox,
      group,
      limits,
      gone: false,
    };
    all.set(uid, pod);
    changed(pod);
    follow(pod);
    return pod;
  };

  const follow = (pod: Pod): void => {
    let wasReady = false;
    const { sandbox } = pod;
    sandbox.ready.then(
      async () => {
        wasReady = true;
        if (pod.key !== null) await limitGroup(pod, pod.limits);
        if (pod.phase !== 'pending') return;
        pod.phase = 'running';
        changed(pod);
      },
      (error: unknown) => {
        pod.message = error instanceof DomainError ? (error.detail ?? error.message) : String(error);
      },
    );
    sandbox.ended.then((end) => {
      const { reason, message } = wordsOfEnd(end, wasReady);
      Object.assign(pod, { phase: 'ended', gone: true, reason, message: pod.message ?? message });
      logger.debug({ pod: pod.name, reason, exitCode: end.exitCode, signal: end.signal }, 'sandbox ended');
      // One that nobody claimed is nobody's to delete.
      if (pod.terminating || pod.key === null) remove(pod);
      else changed(pod);
    });
  };

  const idle = (runtime: Runtime): Pod[] =>
    [...all.values()].filter(
      (pod) =>
        pod.key === null &&
        !pod.terminating &&
        pod.phase !== 'ended' &&
        pod.runtime.language === runtime.language &&
        pod.runtime.version === runtime.version,
    );

  const byName = (name: string): Pod | undefined => [...all.values()].find((pod) => pod.name === name);

  const create = (name: string, wish: Wish): Promise<Pod> => {
    const there = byName(name);
    if (there) return Promise.resolve(there);
    const begun = creating.get(name) ?? put(wish).finally(() => creating.delete(name));
    creating.set(name, begun);
    return begun;
  };

  const pods = (pool: WarmPool): Pods => ({
    runtimes: async () =>
      interpreters
        .filter(({ version }) => pool.works(version))
        .map(({ version }) => ({ language: 'python', version })),
    warm: async ({ runtime }) =>
      idle(runtime)
        .filter((pod) => pod.phase === 'running')
        .map(({ name, uid }) => ({ name, uid })),
    async claim(uid, key, spec) {
      const pod = all.get(uid);
      if (!pod || pod.terminating || (pod.phase === 'ended' && pod.key !== key)) return 'gone';
      if (pod.key !== null) return pod.key === key ? 'claimed' : 'taken';
      // Taken before anything is awaited, so that nobody else can take it meanwhile.
      pod.key = key;
      pod.limits = spec.limits;
      pool.taken(pod.runtime.version);
      await limitGroup(pod, spec.limits);
      changed(pod);
      return 'claimed';
    },
    create: async (name, key, { runtime, limits }) =>
      status(await create(name, { name, key, runtime, limits })),
    get: async (uid) => present(all.get(uid)),
    find: async (name) => present(byName(name)),
    list: async () => [...all.values()].map(status),
    watch: (watcher, signal) => watch(watcher, signal),
    async attach(uid) {
      const pod = all.get(uid);
      if (!pod) throw new DomainError('not_found', 'The pod is gone');
      return attachTo(pod);
    },
    async delete(uid, options) {
      const pod = all.get(uid);
      if (!pod) return;
      if (pod.gone) return remove(pod);
      const first = !pod.terminating;
      pod.terminating = true;
      if (first) changed(pod);
      if (pod.key === null) pool.fill();
      await deletePod(pod, clock, options);
    },
  });

  const present = (pod: Pod | undefined): PodStatus | null => (pod ? status(pod) : null);

  const watch = (watcher: Watcher, signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      if (signal.aborted) return resolve();
      if (stopped) return reject(shuttingDown());
      watchers.set(watcher, reject);
      signal.addEventListener('abort', () => {
        watchers.delete(watcher);
        resolve();
      });
      for (const pod of all.values()) watcher({ kind: 'seen', pod: status(pod) });
    });

  const stop = async (): Promise<void> => {
    stopped = true;
    for (const pod of all.values()) pod.terminating = true;
    await boot.end();
    for (const reject of watchers.values()) reject(shuttingDown());
    watchers.clear();
  };

  return { put, idle, pods, stop };
}
