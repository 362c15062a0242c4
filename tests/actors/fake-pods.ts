// Pods whose supervisors say what a test has them say, and keep what they are told.
import { DomainError } from '#src/domain/errors.ts';
import type { PodChange, PodChannel, PodSpec, PodStatus, Pods } from '#src/ports/pods.ts';

export interface FakePod {
  status: PodStatus;
  /** Lines that were written to it. */
  told: string[];
  /** Says a line to whoever is attached. */
  say(line: string): void;
  /** The channel ends, with or without the pod. */
  hangUp(): void;
  end(reason: string | null, message?: string): void;
}

export interface FakePods extends Pods {
  all: Map<string, FakePod>;
  /** Called with each line that a pod is told. */
  onTold: (pod: FakePod, line: string) => void;
  add(status: Partial<PodStatus>): FakePod;
  vanish(uid: string): void;
}

export function fakePods(now: () => number): FakePods {
  const all = new Map<string, FakePod>();
  const watchers = new Set<(change: PodChange) => void>();
  const attached = new Map<string, { push(line: string | null): void }>();
  let created = 0;
  const seen = (pod: FakePod): void => {
    for (const tell of watchers) tell({ kind: 'seen', pod: { ...pod.status } });
  };
  const make = (status: Partial<PodStatus>): FakePod => {
    created += 1;
    const uid = status.uid ?? `uid-${created}`;
    const pod: FakePod = {
      status: {
        name: `pod-${created}`,
        key: null,
        runtime: { language: 'python', version: '3.11' },
        phase: 'running',
        reason: null,
        message: null,
        createdAt: now(),
        nodeName: null,
        terminating: false,
        ...status,
        uid,
      },
      told: [],
      say: (line) => attached.get(uid)?.push(line),
      hangUp: () => attached.get(uid)?.push(null),
      end(reason, message) {
        pod.status = { ...pod.status, phase: 'ended', reason, message: message ?? null };
        pod.hangUp();
        seen(pod);
      },
    };
    all.set(uid, pod);
    seen(pod);
    return pod;
  };
  const vanish = (uid: string): void => {
    const pod = all.get(uid);
    if (pod === undefined) return;
    all.delete(uid);
    pod.hangUp();
    for (const tell of watchers) tell({ kind: 'gone', pod: { name: pod.status.name, uid } });
  };
  const byName = (name: string): FakePod | undefined =>
    [...all.values()].find(({ status }) => status.name === name);
  const pods: FakePods = {
    all,
    onTold: () => undefined,
    add: make,
    vanish,
    runtimes: async () => [{ language: 'python', version: '3.11' }],
    warm: async () =>
      [...all.values()]
        .filter(({ status }) => status.key === null && status.phase === 'running')
        .map(({ status }) => ({ name: status.name, uid: status.uid })),
    async claim(uid, key) {
      const pod = all.get(uid);
      if (pod === undefined) return 'gone';
      if (pod.status.key !== null && pod.status.key !== key) return 'taken';
      pod.status = { ...pod.status, key };
      seen(pod);
      return 'claimed';
    },
    create: async (name: string, key: string, _spec: PodSpec) =>
      (byName(name) ?? make({ name, key, phase: 'pending' })).status,
    get: async (uid) => all.get(uid)?.status ?? null,
    find: async (name) => byName(name)?.status ?? null,
    list: async () => [...all.values()].map(({ status }) => status),
    watch: (changed, signal) =>
      new Promise((resolve) => {
        watchers.add(changed);
        for (const { status } of all.values()) changed({ kind: 'seen', pod: { ...status } });
        signal.addEventListener('abort', () => resolve(watchers.delete(changed) ? undefined : undefined));
      }),
    async attach(uid) {
      const pod = all.get(uid);
      if (pod === undefined) throw new DomainError('not_found', 'No such pod');
      attached.get(uid)?.push(null);
      const { channel, push } = openChannel((line) => {
        pod.told.push(line);
        pods.onTold(pod, line);
      });
      attached.set(uid, { push });
      // An ended pod's channel ends after what is still said of its log in the same moment.
      if (pod.status.phase === 'ended') setImmediate(() => push(null));
      return channel;
    },
    async delete(uid) {
      vanish(uid);
    },
  };
  return pods;
}

function openChannel(told: (line: string) => void): { channel: PodChannel; push(line: string | null): void } {
  const waiting: (string | null)[] = [];
  let wake: () => void = () => undefined;
  const push = (line: string | null): void => {
    waiting.push(line);
    wake();
  };
  async function* lines(): AsyncIterable<string> {
    for (;;) {
      const line = waiting.shift();
      if (line === null) return;
      if (line !== undefined) yield line;
      else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  }
  return {
    push,
    channel: {
      async write(text) {
        for (const line of text.split('\n')) if (line !== '') told(line);
      },
      lines,
      close: () => push(null),
    },
  };
}
