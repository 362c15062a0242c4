// The adapter against the API server in small.
import {
  connectPods,
  type KubernetesOptions,
  type KubernetesPods,
} from '#src/adapters/kubernetes/kubernetes-pods.ts';
import type { PodTemplate } from '#src/adapters/kubernetes/pod-manifest.ts';
import type { Limits } from '#src/domain/execution.ts';
import type { Leases } from '#src/ports/leases.ts';
import type { PodSpec } from '#src/ports/pods.ts';
import { realClock, silentLogger } from '#tests/adapters/local/test-clock.ts';
import { type FakeApiServer, type FakeOptions, fakeApiServer } from './fake-api-server.ts';

export const limits: Limits = {
  timeoutMs: 10_000,
  memoryBytes: 128 * 1024 * 1024,
  cpuMillis: 1_000,
  processesMax: 64,
  diskBytes: 16 * 1024 * 1024,
  outputBytes: 8 * 1024 * 1024,
};

export const runtime = { language: 'python', version: '3.11' };
export const spec: PodSpec = { runtime, limits };

export const template: PodTemplate = {
  installation: 'inst',
  imagePullPolicy: 'IfNotPresent',
  imagePullSecrets: [],
  requests: { memoryBytes: 64 * 1024 * 1024, cpuMillis: 100 },
  runtimeClass: '',
  tolerations: [],
  nodeSelector: {},
  hasOwnUsers: true,
  supervisorSettings: [],
};

/** Nobody else wants anything. */
export const freeLeases: Leases = {
  acquire: async (name, holder) => ({ name, holder, term: 1 }),
  release: async () => undefined,
  current: async () => null,
};

export interface World extends KubernetesPods {
  server: FakeApiServer;
  close(): Promise<void>;
}

export function openWorld(options: Partial<KubernetesOptions> & { fake?: FakeOptions } = {}): World {
  const { fake, ...rest } = options;
  const server = fakeApiServer(fake);
  const cluster = {
    server: server.url,
    credentials: async () => ({
      headers: { Authorization: 'Bearer test' },
      tls: { rejectUnauthorized: true },
    }),
  };
  const opened = connectPods(cluster, {
    namespace: 'scripts',
    template,
    images: [{ runtime, image: 'localhost/python:3.11' }],
    limits,
    warm: { target: 0, surge: 0 },
    attaches: true,
    leases: freeLeases,
    process: 'test',
    clock: realClock,
    logger: silentLogger,
    ...rest,
  });
  return {
    ...opened,
    server,
    async close() {
      await opened.stop();
      await server.stop();
    },
  };
}
