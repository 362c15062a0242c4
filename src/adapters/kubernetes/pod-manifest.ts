// What a pod looks like that runs a script. Pure: the same wish gives the same manifest, so that its digest says whether two
// processes would make the same pod. Nothing of a user is in it but the key of the attempt, in an annotation.
import type { V1Pod, V1PodSpec, V1Toleration } from '@kubernetes/client-node';
import type { Limits, Runtime } from '#src/domain/execution.ts';
import { containerName, digest, keyAnnotation, labels, type PodState } from './names.ts';

export interface PodTemplate {
  installation: string;
  imagePullPolicy: 'Always' | 'IfNotPresent' | 'Never';
  imagePullSecrets: readonly string[];
  /** Asked of the scheduler for each pod; never more than its limits. */
  requests: { memoryBytes: number; cpuMillis: number };
  /** Empty: the cluster's own. */
  runtimeClass: string;
  tolerations: readonly V1Toleration[];
  nodeSelector: Readonly<Record<string, string>>;
  /** Users of a pod are nobody on its node. */
  hasOwnUsers: boolean;
  /** Bounds of the supervisor, `name=value`; tests shorten them. */
  supervisorSettings: readonly string[];
}

export interface PodWish {
  name: string;
  state: PodState;
  /** Null as long as it is nobody's. */
  key: string | null;
  runtime: Runtime;
  image: string;
  limits: Limits;
}

/** The supervisor's own, beside what the script may have. */
const supervisorMemoryBytes = 24 * 1024 * 1024;
/** The user of our runtime images. */
const user = 10_001;
/** A supervisor that is told to end gives its script 5 s and waits 30 s for its last words to be taken. */
const graceSeconds = 36;
/** For a pull, a boot, a script that stands because nobody reads it, and its last words. */
const deadlineMarginSeconds = 600;

export function podManifest(template: PodTemplate, wish: PodWish): V1Pod {
  const { name, state, key, runtime } = wish;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      labels: {
        [labels.installation]: template.installation,
        [labels.state]: state,
        [labels.language]: runtime.language,
        [labels.version]: runtime.version,
        [labels.template]: templateOf(template, wish),
      },
      // Empty for a warm one: a claim may only replace it, and so leaves alone what others annotate.
      annotations: { [keyAnnotation]: key ?? '' },
    },
    spec: {
      ...specOf(template, wish),
      ...(state === 'warm' ? {} : { activeDeadlineSeconds: deadlineSeconds(wish.limits) }),
    },
  };
}

/** The last resort: long after the supervisor, and after whoever watches it, should have ended the run. */
export const deadlineSeconds = (limits: Pick<Limits, 'timeoutMs'>): number =>
  Math.ceil(limits.timeoutMs / 1_000) + deadlineMarginSeconds;

/** Alike for pods that can stand in for each other. */
export const templateOf = (template: PodTemplate, wish: Pick<PodWish, 'image' | 'limits'>): string =>
  digest(JSON.stringify(specOf(template, wish)));

function specOf(template: PodTemplate, { image, limits }: Pick<PodWish, 'image' | 'limits'>): V1PodSpec {
  const { imagePullPolicy, imagePullSecrets, runtimeClass, tolerations, nodeSelector } = template;
  const { requests, hasOwnUsers, supervisorSettings } = template;
  const memoryBytes = limits.memoryBytes + supervisorMemoryBytes;
  return {
    restartPolicy: 'Never',
    terminationGracePeriodSeconds: graceSeconds,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    hostname: 'sandbox',
    // Nobody answers there; a script that asks for a name is told so at once.
    dnsPolicy: 'None',
    dnsConfig: { nameservers: ['127.0.0.1'] },
    ...(hasOwnUsers ? { hostUsers: false } : {}),
    ...(runtimeClass === '' ? {} : { runtimeClassName: runtimeClass }),
    ...(tolerations.length === 0 ? {} : { tolerations: [...tolerations] }),
    ...(Object.keys(nodeSelector).length === 0 ? {} : { nodeSelector: { ...nodeSelector } }),
    ...(imagePullSecrets.length === 0
      ? {}
      : { imagePullSecrets: imagePullSecrets.map((name) => ({ name })) }),
    securityContext: {
      runAsNonRoot: true,
      runAsUser: user,
      runAsGroup: user,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    volumes: [{ name: 'disk', emptyDir: { medium: 'Memory', sizeLimit: String(limits.diskBytes) } }],
    containers: [
      {
        name: containerName,
        image,
        imagePullPolicy,
        ...(supervisorSettings.length === 0 ? {} : { args: [...supervisorSettings] }),
        stdin: true,
        // A break of the attachment must not close the script's input for ever.
        stdinOnce: false,
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          privileged: false,
          capabilities: { drop: ['ALL'] },
        },
        resources: {
          limits: { memory: String(memoryBytes), cpu: `${limits.cpuMillis}m` },
          requests: {
            memory: String(Math.min(requests.memoryBytes, memoryBytes)),
            cpu: `${Math.min(requests.cpuMillis, limits.cpuMillis)}m`,
          },
        },
        volumeMounts: [
          { name: 'disk', mountPath: '/sandbox', subPath: 'sandbox' },
          { name: 'disk', mountPath: '/tmp', subPath: 'tmp' },
          { name: 'disk', mountPath: '/dev/shm', subPath: 'shm' },
        ],
      },
    ],
  };
}
