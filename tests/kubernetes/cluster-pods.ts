// The product's pods in a namespace of their own on the cluster that KUBECONFIG names, for one test file.
import { apiServer } from '#src/adapters/kubernetes/api-server.ts';
import { type ClusterOptions, openCluster } from '#src/adapters/kubernetes/cluster.ts';
import {
  type KubernetesOptions,
  type KubernetesPods,
  openKubernetesPods,
} from '#src/adapters/kubernetes/kubernetes-pods.ts';
import type { PodTemplate } from '#src/adapters/kubernetes/pod-manifest.ts';
import type { Limits } from '#src/domain/execution.ts';
import type { Leases } from '#src/ports/leases.ts';
import type { PodChannel, PodSpec } from '#src/ports/pods.ts';
import { realClock, silentLogger } from '#tests/adapters/local/test-clock.ts';
import { until } from '#tests/support/until.ts';

/** @throws where none is named: what needs a cluster fails without one */
export function kubeconfigHere(): string {
  const path = process.env.KUBECONFIG ?? '';
  if (path === '') throw new Error('KUBECONFIG must name a cluster for these tests');
  return path;
}

export const image = process.env.CLUSTER_IMAGE ?? 'localhost/greenroom-runtime-python:3.11';
export const runtime = { language: 'python', version: '3.11' };

export const limits: Limits = {
  timeoutMs: 60_000,
  memoryBytes: 128 * 1024 * 1024,
  cpuMillis: 1_000,
  processesMax: 64,
  diskBytes: 16 * 1024 * 1024,
  outputBytes: 64 * 1024 * 1024,
};
export const spec: PodSpec = { runtime, limits };

/** One process alone. */
const freeLeases: Leases = {
  acquire: async (name, holder) => ({ name, holder, term: 1 }),
  release: async () => undefined,
  current: async () => null,
};

export interface ClusterPods extends KubernetesPods {
  namespace: string;
  installation: string;
  /** Proves by a fresh look that it is gone. */
  remove(uid: string): Promise<void>;
  /** Takes everything away. */
  close(): Promise<void>;
}

export async function openClusterPods(
  changes: Omit<Partial<KubernetesOptions>, 'template'> & { template?: Partial<PodTemplate> } = {},
): Promise<ClusterPods> {
  const unique = crypto.randomUUID().slice(0, 8);
  const { template, ...rest } = changes;
  const named = changes.cluster ?? { kubeconfig: kubeconfigHere(), context: '' };
  const namespace = changes.namespace ?? `greenroom-test-${unique}`;
  const opened = await openKubernetesPods({
    cluster: named,
    namespace,
    images: [{ runtime, image }],
    limits,
    warm: { target: 0, surge: 0 },
    attaches: true,
    leases: freeLeases,
    process: `test-${unique}`,
    clock: realClock,
    logger: silentLogger,
    ...rest,
    template: {
      installation: unique,
      imagePullPolicy: 'IfNotPresent',
      imagePullSecrets: [],
      requests: { memoryBytes: 16 * 1024 * 1024, cpuMillis: 10 },
      runtimeClass: '',
      tolerations: [],
      nodeSelector: {},
      hasOwnUsers: true,
      // A test that forgets a pod does not wait for its last words.
      supervisorSettings: ['farewell_ms=2000'],
      ...template,
    },
  });
  return {
    ...opened,
    namespace,
    installation: template?.installation ?? unique,
    async remove(uid) {
      await opened.pods.delete(uid, { force: true, graceMs: 0 });
      await until(async () => (await opened.pods.get(uid)) === null);
    },
    async close() {
      await opened.stop();
      await removeNamespace(namespace, named);
    },
  };
}

export async function removeNamespace(namespace: string, cluster: ClusterOptions): Promise<void> {
  const api = apiServer(await openCluster(cluster), realClock);
  await api.ask({ method: 'DELETE', path: `/api/v1/namespaces/${namespace}` });
}

/** The ready line and whatever else is no frame is left out, as a monitor does. */
export const quietly = (channel: PodChannel): PodChannel => ({
  ...channel,
  async *lines() {
    for await (const line of channel.lines()) if (line.startsWith('feed07eeb1e54ace ')) yield line;
  },
});
