// One real Kubernetes node of its own for tests, a cluster in itself: every part is a process that a test may kill. Needs root and Go.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { answersApi, begin, succeeds, waitFor } from './kubernetes/beginning.ts';
import { writeCertificates } from './kubernetes/certificates.ts';
import { attempt, type Outcome } from './kubernetes/command.ts';
import { kubeconfigOf, type Layout, socket, writeConfiguration } from './kubernetes/configuration.ts';
import { linkImages } from './kubernetes/images.ts';
import { home, installKubernetes } from './kubernetes/install.ts';
import { type Addresses, giveBack, takeSlot } from './kubernetes/machine.ts';
import { type Node, startNode } from './kubernetes/node.ts';
import { foundations, type PartName, writeParts } from './kubernetes/parts.ts';
import type { TestServer } from './server.ts';

export interface KubernetesOptions {
  /** Default: yes. Without, every pod reaches whatever it can name. */
  enforcesNetworkPolicies?: boolean;
  /** Further words for the API server's command line. */
  apiServer?: readonly string[];
}

/** `restart` resolves once it serves, as far as it can be asked. */
export type TestPart = Omit<TestServer, 'url' | 'pid' | 'stop'>;

export interface TestCluster {
  /** Path of an administrator's configuration. */
  kubeconfig: string;
  addresses: Addresses;
  part(name: PartName): TestPart;
  /** Inside the node: in its network, with its processes and mounts. */
  runInside(command: readonly string[]): Promise<Outcome>;
  /** The program and the words that say which cluster. */
  kubectlCommand: readonly string[];
  kubectl(words: readonly string[], input?: string): Promise<Outcome>;
  /** @param path of an OCI archive, for pods to be made of */
  importImage(path: string): Promise<void>;
  /** Ends everything at once and leaves nothing behind. */
  stop(): Promise<void>;
}

export async function startKubernetes(options: KubernetesOptions = {}): Promise<TestCluster> {
  const { binaries, images } = await installKubernetes();
  const slot = await takeSlot(home);
  const { addresses, folder, group } = slot;
  const certificates = join(folder, 'certificates');
  const layout: Layout = { folder, certificates, binaries, group, addresses };
  let node: Node | null = null;
  const stop = async (): Promise<void> => {
    await node?.end();
    await giveBack(slot);
    await slot.lock.release();
  };
  try {
    await writeCertificates(certificates, addresses);
    await writeConfiguration(layout);
    const enforcesNetworkPolicies = options.enforcesNetworkPolicies ?? true;
    const parts = await writeParts(layout, { apiServer: options.apiServer ?? [], enforcesNetworkPolicies });
    const later = parts.filter((name) => !foundations.includes(name));
    for (const name of later) await writeFile(join(folder, 'hold', name), '');
    await linkImages(images, join(folder, 'containerd'));
    node = await startNode(layout, slot);
    const cluster = clusterOn(node, layout, stop);
    await begin(node, { ...cluster, later, enforcesNetworkPolicies });
    return cluster;
  } catch (error) {
    const words = await lastWords(folder);
    await stop();
    throw new Error(`the test cluster did not start: ${error}\n${words}`);
  }
}

function clusterOn(node: Node, layout: Layout, stop: () => Promise<void>): TestCluster {
  const { addresses, binaries, folder } = layout;
  const kubeconfig = kubeconfigOf(folder, 'admin');
  const kubectlCommand = [join(binaries, 'kubectl'), '--kubeconfig', kubeconfig];
  const kubectl: TestCluster['kubectl'] = (words, input) =>
    attempt([...kubectlCommand, ...words], input === undefined ? {} : { input });
  const ctr = [join(binaries, 'ctr'), '--address', socket];
  const serves = (name: PartName): Promise<boolean> => {
    if (name === 'kube-apiserver' || name === 'etcd') return answersApi(kubectl);
    if (name === 'containerd') return succeeds(node.run([...ctr, 'version']));
    if (name === 'kubelet') return answers(`http://${addresses.node}:10248/healthz`);
    return node.isRunning(name);
  };
  return {
    kubeconfig,
    addresses,
    kubectlCommand,
    kubectl,
    part: (name) => ({
      kill: () => node.hold(name),
      async restart() {
        await node.letRun(name);
        await waitFor(node, `${name} serves`, () => serves(name));
      },
      pause: () => node.signal(name, 'STOP'),
      resume: () => node.signal(name, 'CONT'),
    }),
    runInside: (command) => node.run(command),
    async importImage(path) {
      const command = [...ctr, '--namespace', 'k8s.io', 'images', 'import', '--local', path];
      const { exitCode, stderr } = await node.run(command);
      if (exitCode !== 0) throw new Error(`${path} is not imported: ${stderr}`);
    },
    stop,
  };
}

const answers = (url: string): Promise<boolean> =>
  fetch(url, { signal: AbortSignal.timeout(2_000) }).then(
    ({ ok }) => ok,
    () => false,
  );

/** Of every part, for whoever has to find out why. */
async function lastWords(folder: string): Promise<string> {
  const names = await readdir(join(folder, 'log')).catch(() => []);
  const texts = await Promise.all(names.map((name) => readFile(join(folder, 'log', name), 'utf8')));
  return names.map((name, index) => `--- ${name}\n${texts[index]?.slice(-1_000)}`).join('\n');
}
