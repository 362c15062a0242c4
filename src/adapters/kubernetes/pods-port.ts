// The Pods port over a cluster. What decides is asked of the API server; what is only a hint comes from what was heard of late.
import { DomainError } from '#src/domain/errors.ts';
import type { Clock } from '#src/ports/clock.ts';
import type { ClaimOutcome, PodSpec, PodStatus, Pods } from '#src/ports/pods.ts';
import { attaching } from './attaching.ts';
import { domainErrorOf, isRefusal } from './failures.ts';
import { fitting, portUid, splitPortUid } from './names.ts';
import type { PodObject } from './objects.ts';
import type { PodChannels } from './pod-channels.ts';
import { podDeletion } from './pod-deletion.ts';
import { deadlineSeconds, type PodTemplate, podManifest, templateOf } from './pod-manifest.ts';
import type { PodRequests } from './pod-requests.ts';
import { podStatus } from './pod-status.ts';
import type { PodView } from './pod-view.ts';
import { imageOf, type RuntimeImage } from './runtime-images.ts';
import { isReady } from './warm-plan.ts';

export interface PodsPortOptions {
  requests: PodRequests;
  view: PodView;
  channels: PodChannels;
  clock: Clock;
  template: PodTemplate;
  images: readonly RuntimeImage[];
}

export function podsPort(options: PodsPortOptions): Pods {
  const { requests, view, images, template, clock } = options;
  const deletion = podDeletion({ requests, clock });
  view.onChange(() => {
    // Who asked comes again.
    void Promise.allSettled([deletion.look(view.pods())]);
  });
  const claims = claiming(options);
  const get = (uid: string): Promise<PodStatus | null> => inOurWords(() => freshStatus(requests, uid));
  const known = (uid: string): PodStatus | null => {
    const pod = view.pods().find((one) => refOf(one).uid === uid);
    return pod === undefined ? null : podStatus(pod);
  };
  const attach = attaching({ ...options, get, known });
  return {
    runtimes: async () => images.map(({ runtime }) => runtime),
    warm: (spec) => Promise.resolve(claims.ready(spec)),
    claim: (uid, key, spec) => inOurWords(() => claims.claim(uid, key, spec)),
    create: (name, key, spec) =>
      inOurWords(async () => {
        const image = imageOf(images, spec.runtime);
        if (image === null) throw cannotRun(spec);
        const wish = { name: fitting(name), state: 'taken', key, image, ...spec } as const;
        return created(requests, wish.name, podManifest(template, wish));
      }),
    get,
    find: (name) =>
      inOurWords(async () => {
        const pod = await requests.get(fitting(name));
        return pod === null ? null : podStatus(pod);
      }),
    list: () =>
      inOurWords(async () => {
        const { items } = await requests.list({ fresh: false });
        return (items ?? []).flatMap((pod) => podStatus(pod) ?? []);
      }),
    watch: (changed, signal) => view.watch(changed, signal),
    attach: (uid) => inOurWords(() => attach(uid)),
    delete: (uid, { force, graceMs }) =>
      inOurWords(async () => {
        const named = splitPortUid(uid);
        if (named !== null) await deletion.ask(named, force ? 0 : graceMs);
      }),
  };
}

async function inOurWords<Answer>(work: () => Promise<Answer>): Promise<Answer> {
  try {
    return await work();
  } catch (error) {
    throw domainErrorOf(error);
  }
}

const cannotRun = ({ runtime }: PodSpec): DomainError =>
  new DomainError('validation', `${runtime.language} ${runtime.version} cannot run here`);

async function freshPod(requests: PodRequests, uid: string): Promise<PodObject | null> {
  const named = splitPortUid(uid);
  const pod = named === null ? null : await requests.get(named.name);
  // Another pod of that name is not this one.
  return pod?.metadata?.uid === named?.uid ? pod : null;
}

async function freshStatus(requests: PodRequests, uid: string): Promise<PodStatus | null> {
  const pod = await freshPod(requests, uid);
  return pod === null ? null : podStatus(pod);
}

async function created(
  requests: PodRequests,
  name: string,
  manifest: ReturnType<typeof podManifest>,
): Promise<PodStatus> {
  const pod = await requests.create(manifest).catch((error: unknown) => {
    if (isRefusal(error, 409)) return requests.get(name);
    throw error;
  });
  const status = pod === null ? null : podStatus(pod);
  // There when it was to be made, and gone when it was looked at; or not one of ours.
  if (status === null)
    throw new DomainError('conflict', 'A pod of that name is somebody else’s', { detail: name });
  return status;
}

interface Claims {
  ready(spec: PodSpec): { name: string; uid: string }[];
  claim(uid: string, key: string, spec: PodSpec): Promise<ClaimOutcome>;
}

function claiming({ requests, view, images, template, clock }: PodsPortOptions): Claims {
  /** Asked for here; what was heard of them of late may say that they are warm. */
  const asked = new Set<string>();
  return {
    ready(spec) {
      const image = imageOf(images, spec.runtime);
      if (image === null) return [];
      const kind = { ...spec.runtime, template: templateOf(template, { image, limits: spec.limits }) };
      const all = view.pods().map((pod) => ({ pod, ...refOf(pod) }));
      const there = new Set(all.map(({ uid }) => uid));
      for (const uid of asked) if (!there.has(uid)) asked.delete(uid);
      return all
        .filter(({ pod, uid }) => !asked.has(uid) && isReady(kind, pod))
        .map(({ name, uid }) => ({ name, uid }));
    },
    async claim(uid, key, { limits }) {
      const named = splitPortUid(uid);
      if (named === null) return 'gone';
      asked.add(uid);
      const seen = view.pods().find((pod) => refOf(pod).uid === uid) ?? (await freshPod(requests, uid));
      if (seen === null) return 'gone';
      // A pod's time counts from its start, and it has waited for this.
      const seconds = deadlineSeconds(limits) + ageSeconds(seen, clock.now());
      const pod = await requests.claim({ ...named, key, deadlineSeconds: seconds });
      // Whoever is to speak with it in this process need not wait for the watch.
      if (pod !== null) view.see(pod);
      return outcomeOf(pod ?? (await freshPod(requests, uid)), key);
    },
  };
}

const refOf = ({ metadata }: PodObject): { name: string; uid: string } => {
  const { name = '', uid = '' } = metadata ?? {};
  return { name, uid: portUid(name, uid) };
};

function ageSeconds({ status, metadata }: PodObject, now: number): number {
  const since = Date.parse(status?.startTime ?? metadata?.creationTimestamp ?? '');
  return Number.isNaN(since) ? 0 : Math.max(0, Math.ceil((now - since) / 1_000));
}

function outcomeOf(pod: PodObject | null, key: string): ClaimOutcome {
  const status = pod === null ? null : podStatus(pod);
  if (status === null || status.terminating) return 'gone';
  if (status.key === key) return 'claimed';
  return status.phase === 'ended' ? 'gone' : 'taken';
}
