// What a service account needs, no more and no less: with what docs/how-to/run-scripts-in-a-cluster.md says everything works, and each
// right that is taken away is missed by name.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ApiServer, apiServer } from '#src/adapters/kubernetes/api-server.ts';
import { openCluster } from '#src/adapters/kubernetes/cluster.ts';
import { shutNamespace } from '#src/adapters/kubernetes/namespace.ts';
import { monitorOf } from '#tests/adapters/local/monitor.ts';
import { realClock } from '#tests/adapters/local/test-clock.ts';
import { until } from '#tests/support/until.ts';
import { type ClusterPods, kubeconfigHere, openClusterPods, quietly, spec } from './cluster-pods.ts';

type Right = readonly [group: string, resource: string, verb: string];

/** As the how-to has them, for one process that plays both roles in a namespace that somebody else has shut. */
const rights: readonly Right[] = [
  ['', 'pods', 'get'],
  ['', 'pods', 'list'],
  ['', 'pods', 'watch'],
  ['', 'pods', 'create'],
  ['', 'pods', 'patch'],
  ['', 'pods', 'delete'],
  ['', 'pods/attach', 'get'],
  ['', 'pods/attach', 'create'],
  ['', 'pods/log', 'get'],
  ['', 'namespaces', 'get'],
  ['networking.k8s.io', 'networkpolicies', 'get'],
];

/** The cluster's own; of what the namespace needs the sentence is ours, and of a websocket the cluster has no more to say. */
function wordsOf(resource: string, verb: string): string {
  if (resource === 'namespaces') return 'must be there and labelled';
  if (resource === 'networkpolicies') return 'needs the NetworkPolicy';
  return resource === 'pods/attach' ? 'is forbidden' : `cannot ${verb} resource "${resource}"`;
}

const namespace = `greenroom-access-${crypto.randomUUID().slice(0, 8)}`;
const account = 'scripts';
let admin: ApiServer;
let folder = '';
let kubeconfig = '';

beforeAll(async () => {
  admin = apiServer(await openCluster({ kubeconfig: kubeconfigHere(), context: '' }), realClock);
  await shutNamespace(admin, namespace);
  const at = `/api/v1/namespaces/${namespace}/serviceaccounts`;
  await admin.ask({ method: 'POST', path: at, body: { metadata: { name: account } } });
  const { status } = await admin.ask<{ status: { token: string } }>({
    method: 'POST',
    path: `${at}/${account}/token`,
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} },
  });
  const { tls } = await admin.cluster.credentials();
  folder = await mkdtemp(join(tmpdir(), 'greenroom-access-'));
  kubeconfig = join(folder, 'kubeconfig');
  const ca = Buffer.from(tls.ca ?? '').toString('base64');
  await Bun.write(
    kubeconfig,
    JSON.stringify({
      'current-context': 'it',
      clusters: [{ name: 'it', cluster: { server: admin.cluster.server, 'certificate-authority-data': ca } }],
      users: [{ name: 'it', user: { token: status.token } }],
      contexts: [{ name: 'it', context: { cluster: 'it', user: 'it' } }],
    }),
  );
}, 60_000);
afterAll(async () => {
  await admin.ask({ method: 'DELETE', path: `/api/v1/namespaces/${namespace}` });
  await rm(folder, { recursive: true });
});

async function grant(granted: readonly Right[]): Promise<void> {
  const rules = granted.map(([group, resource, verb]) => ({
    apiGroups: [group],
    resources: [resource],
    verbs: [verb],
  }));
  const path = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`;
  const apply = (of: string, body: object): Promise<unknown> =>
    admin.ask({
      method: 'PATCH',
      path: `${path}/${of}/${account}`,
      query: { fieldManager: 'tests', force: 'true' },
      contentType: 'application/apply-patch+yaml',
      body: { apiVersion: 'rbac.authorization.k8s.io/v1', metadata: { name: account }, ...body },
    });
  await apply('roles', { kind: 'Role', rules });
  await apply('rolebindings', {
    kind: 'RoleBinding',
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: account },
    subjects: [{ kind: 'ServiceAccount', name: account, namespace }],
  });
}

/** Everything that both roles do with pods; null where all of it worked, else the words of the first failure. */
async function everything(pods: ClusterPods): Promise<string | null> {
  const name = `all-${crypto.randomUUID().slice(0, 8)}`;
  try {
    await pods.prove();
    const { uid } = await pods.pods.create(name, `${name}:1`, spec);
    await pods.pods.claim(uid, `${name}:1`, spec);
    const monitor = monitorOf(quietly(await pods.pods.attach(uid)));
    await monitor.begin({ script: 'print(1)' });
    await monitor.until((frame) => frame.channel === 'exit');
    await pods.pods.list();
    await until(async () => (await pods.pods.get(uid))?.phase === 'ended');
    const again = monitorOf(quietly(await pods.pods.attach(uid)));
    await again.finish({ acknowledge: false });
    const leave = new AbortController();
    let isGone = false;
    const watching = pods.pods.watch((change) => {
      isGone ||= change.kind === 'gone' && change.pod.uid === uid;
      if (isGone) leave.abort();
    }, leave.signal);
    // Told by the watch: it was there when it was listed.
    await Promise.all([watching, pods.remove(uid)]);
    return null;
  } catch (error) {
    return [error, error instanceof Error ? error.cause : '', detailOf(error)].map(String).join(' ');
  }
}

const detailOf = (error: unknown): string =>
  error instanceof Error && 'detail' in error ? String(error.detail) : '';

const open = (): Promise<ClusterPods> => openClusterPods({ namespace, cluster: { kubeconfig, context: '' } });

describe('a service account', () => {
  test('does all of its work with the rights that are written down', async () => {
    await grant(rights);
    await until(async () => {
      const pods = await open();
      const failure = await everything(pods);
      await pods.stop();
      return failure === null;
    }, 60_000);
  }, 120_000);

  test.each(rights)(
    'is told what it may not do: %s %s %s',
    async (group, resource, verb) => {
      await grant(rights.filter((right) => right.join() !== [group, resource, verb].join()));
      let failure: string | null = null;
      await until(async () => {
        const pods = await open();
        failure = await everything(pods);
        await pods.stop();
        return failure !== null;
      }, 60_000);
      expect(String(failure)).toContain(wordsOf(resource, verb));
    },
    120_000,
  );
});
