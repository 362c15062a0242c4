// From started processes to a cluster: each step waits for what the next one needs, the last is a pod that really runs.
import { untilGiven } from '#tests/support/until.ts';

import type { Outcome } from './command.ts';
import { nameService } from './configuration.ts';
import { pauseImage } from './images.ts';
import type { Addresses } from './machine.ts';
import type { Node } from './node.ts';
import type { PartName } from './parts.ts';

type Kubectl = (words: readonly string[], input?: string) => Promise<Outcome>;

interface Beginning {
  kubectl: Kubectl;
  addresses: Addresses;
  /** Parts that wait for the API server. */
  later: readonly PartName[];
  enforcesNetworkPolicies: boolean;
}

const withinMs = 120_000;

export async function begin(node: Node, { kubectl, addresses, later, enforcesNetworkPolicies }: Beginning) {
  await waitFor(node, 'the API server serves', () => answersApi(kubectl));
  await Promise.all(later.map((name) => node.letRun(name)));
  await waitFor(node, 'the node is ready', async () => {
    const condition = '{.status.conditions[?(@.type=="Ready")].status}';
    return (await kubectl(['get', 'node', 'node', '-o', `jsonpath=${condition}`])).stdout === 'True';
  });
  await waitFor(node, 'pods may be made', () => succeeds(kubectl(['get', 'serviceaccount', 'default'])));
  if (enforcesNetworkPolicies) {
    const chain = ['iptables', '--list-rules', 'KUBE-ROUTER-FORWARD'];
    await waitFor(node, 'network policies are enforced', () => succeeds(node.run(chain)));
  }
  const items = [...nameService(addresses), firstPod];
  await done(kubectl, ['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  const running = '--for=jsonpath={.status.phase}=Running';
  await done(kubectl, ['wait', `pod/${firstPod.metadata.name}`, running, '--timeout=60s']);
  await done(kubectl, ['delete', 'pod', firstPod.metadata.name, '--force', '--grace-period=0']);
}

/** Once it has run, every other can. */
const firstPod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'first', namespace: 'default' },
  spec: {
    restartPolicy: 'Never',
    containers: [{ name: 'main', image: pauseImage, imagePullPolicy: 'Never' }],
  },
};

export const waitFor = (node: Node, what: string, holds: () => Promise<boolean>): Promise<true> =>
  untilGiven(what, async () => ((await holds()) ? true : null), {
    withinMs,
    inVain: () => (node.hasEnded() ? 'the node ended' : null),
  });

export const answersApi = (kubectl: Kubectl): Promise<boolean> =>
  succeeds(kubectl(['get', '--raw', '/readyz', '--request-timeout=5s']));

export const succeeds = async (outcome: Promise<Outcome>): Promise<boolean> => (await outcome).exitCode === 0;

async function done(kubectl: Kubectl, words: readonly string[], input?: string): Promise<void> {
  const { exitCode, stderr } = await kubectl(words, input);
  if (exitCode !== 0) throw new Error(`kubectl ${words.join(' ')}: ${stderr}`);
}
