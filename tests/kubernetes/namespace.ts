// A namespace of one test's own in a test cluster, with pods that run a line of Python or a supervisor.
import { until, untilGiven } from '#tests/support/until.ts';

import type { TestCluster } from '../engines/servers/kubernetes.ts';

/** As the cluster's nodes have it from their start. */
export const pythonImage = 'localhost/greenroom-runtime-python:3.11';

export interface PodWish {
  name: string;
  labels?: Readonly<Record<string, string>>;
  /** Python; without it the image's own first process, which waits for a job. */
  code?: string;
  spec?: Readonly<Record<string, unknown>>;
  container?: Readonly<Record<string, unknown>>;
}

export interface End {
  reason: string;
  exitCode: number;
  log: string;
}

export interface Namespace {
  name: string;
  /** Throws with kubectl's words when it fails. */
  kubectl(words: readonly string[], input?: string): Promise<string>;
  apply(...objects: unknown[]): Promise<void>;
  start(...wishes: PodWish[]): Promise<void>;
  running(...names: string[]): Promise<void>;
  /** Of a pod whose container has ended. */
  end(name: string): Promise<End>;
  remove(): Promise<void>;
}

export async function openNamespace(cluster: TestCluster, name: string): Promise<Namespace> {
  const call = async (words: readonly string[], input?: string): Promise<string> => {
    const { exitCode, stdout, stderr } = await cluster.kubectl(words, input);
    if (exitCode !== 0) throw new Error(`kubectl ${words.join(' ')}: ${stderr}`);
    return stdout;
  };
  const kubectl: Namespace['kubectl'] = (words, input) => call(['--namespace', name, ...words], input);
  const apply: Namespace['apply'] = async (...items) =>
    void (await kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items })));
  await call(['create', 'namespace', name]);
  await until(async () => {
    const words = ['--namespace', name, 'get', 'serviceaccount', 'default'];
    return (await cluster.kubectl(words)).exitCode === 0;
  });
  return {
    name,
    kubectl,
    apply,
    start: (...wishes) => apply(...wishes.map(podOf)),
    running: async (...names) =>
      void (await kubectl([
        'wait',
        '--for=jsonpath={.status.phase}=Running',
        '--timeout=60s',
        ...names.map((one) => `pod/${one}`),
      ])),
    async end(pod) {
      const ended = await untilGiven(`${pod} has ended`, async () => {
        const { status } = JSON.parse(await kubectl(['get', 'pod', pod, '-o', 'json']));
        return status.containerStatuses?.[0]?.state?.terminated ?? null;
      });
      const log = await kubectl(['logs', pod]);
      return { reason: ended.reason, exitCode: ended.exitCode, log };
    },
    async remove() {
      await kubectl(['delete', 'pods', '--all', '--force', '--grace-period=0', '--wait=false']);
      await call(['delete', 'namespace', name, '--wait=false']);
    },
  };
}

function podOf({ name, labels = {}, code, spec = {}, container = {} }: PodWish): unknown {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels },
    spec: {
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 0,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 10_001,
        runAsGroup: 10_001,
        seccompProfile: { type: 'RuntimeDefault' },
      },
      ...spec,
      containers: [
        {
          name: 'script',
          image: pythonImage,
          imagePullPolicy: 'Never',
          ...(code === undefined
            ? { stdin: true, stdinOnce: false }
            : { command: ['python3', '-u', '-c', code] }),
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
          ...container,
        },
      ],
    },
  };
}
