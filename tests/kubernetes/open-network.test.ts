// A cluster that does not enforce what it is told: scripts are refused there, with the reason.
import { expect, test } from 'bun:test';
import { startKubernetes } from '#tests/engines/servers/kubernetes.ts';
import { openClusterPods } from './cluster-pods.ts';

test('a network that lets scripts out is noticed before the first of them', async () => {
  const server = await startKubernetes({ enforcesNetworkPolicies: false });
  const cluster = await openClusterPods({ cluster: { kubeconfig: server.kubeconfig, context: '' } });
  try {
    const failure = await cluster.prove().catch((error: unknown) => error);
    expect(failure).toMatchObject({ kind: 'infrastructure' });
    expect(String(failure)).toContain('does not enforce NetworkPolicy');
    // Nothing of the look is left.
    expect((await cluster.pods.list()).filter(({ terminating }) => !terminating)).toEqual([]);
  } finally {
    await cluster.stop();
    await server.stop();
  }
}, 3_600_000);
