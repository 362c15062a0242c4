// The programs that make a node a cluster, each a script that the node's first process keeps running.
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { kubeconfigOf, type Layout } from './configuration.ts';

export const partNames = [
  'etcd',
  'containerd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubelet',
  'kube-proxy',
  'kube-router',
  'coredns',
] as const;
export type PartName = (typeof partNames)[number];

/** Those without which the others only fail. */
export const foundations: readonly PartName[] = ['etcd', 'containerd', 'kube-apiserver'];

export interface PartOptions {
  /** Further words for the API server. */
  apiServer: readonly string[];
  enforcesNetworkPolicies: boolean;
}

/** @returns which there are. */
export async function writeParts(layout: Layout, options: PartOptions): Promise<PartName[]> {
  const { folder, binaries } = layout;
  for (const name of ['parts', 'hold', 'pid', 'log']) await mkdir(join(folder, name), { recursive: true });
  const commands: Record<PartName, string[]> = {
    etcd: etcd(layout),
    containerd: ['-c', join(folder, 'containerd.toml')],
    'kube-apiserver': [...apiServer(layout), ...options.apiServer],
    'kube-controller-manager': controllerManager(layout),
    'kube-scheduler': [`--config=${join(folder, 'scheduler.yaml')}`, '--bind-address=127.0.0.1'],
    kubelet: kubelet(layout),
    'kube-proxy': [`--config=${join(folder, 'proxy.yaml')}`],
    'kube-router': router(layout),
    coredns: ['-conf', join(folder, 'Corefile')],
  };
  const names = partNames.filter((name) => name !== 'kube-router' || options.enforcesNetworkPolicies);
  for (const name of names) {
    const words = [join(binaries, name), ...commands[name]].map(quoted).join(' ');
    const before = name === 'kubelet' ? kubeletsView(folder) : '';
    const path = join(folder, 'parts', name);
    await writeFile(path, `#!/bin/bash\nexport PATH=${quoted(binaries)}:$PATH\n${before}exec ${words}\n`);
    await chmod(path, 0o755);
  }
  return names;
}

const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

const etcd = ({ folder }: Layout): string[] => {
  const clients = 'http://127.0.0.1:2379';
  const peers = 'http://127.0.0.1:2380';
  return [
    ...['--data-dir', join(folder, 'etcd'), '--unsafe-no-fsync', '--log-level', 'warn'],
    ...['--listen-client-urls', clients, '--advertise-client-urls', clients],
    ...[
      '--listen-peer-urls',
      peers,
      '--initial-advertise-peer-urls',
      peers,
      '--initial-cluster',
      `default=${peers}`,
    ],
  ];
};

const apiServer = ({ certificates, addresses }: Layout): string[] => [
  '--etcd-servers=http://127.0.0.1:2379',
  `--advertise-address=${addresses.node}`,
  '--secure-port=6443',
  `--tls-cert-file=${certificates}/apiserver.crt`,
  `--tls-private-key-file=${certificates}/apiserver.key`,
  `--client-ca-file=${certificates}/ca.crt`,
  '--authorization-mode=Node,RBAC',
  '--enable-admission-plugins=NodeRestriction',
  `--service-cluster-ip-range=${addresses.services}`,
  '--service-account-issuer=https://kubernetes.default.svc',
  `--service-account-key-file=${certificates}/service-accounts.pub`,
  `--service-account-signing-key-file=${certificates}/service-accounts.key`,
  `--kubelet-client-certificate=${certificates}/apiserver-client.crt`,
  `--kubelet-client-key=${certificates}/apiserver-client.key`,
  `--kubelet-certificate-authority=${certificates}/ca.crt`,
  '--kubelet-preferred-address-types=InternalIP',
  '--allow-privileged=true',
];

const controllerManager = ({ folder, certificates, addresses }: Layout): string[] => [
  `--kubeconfig=${kubeconfigOf(folder, 'controller-manager')}`,
  `--service-account-private-key-file=${certificates}/service-accounts.key`,
  `--root-ca-file=${certificates}/ca.crt`,
  `--cluster-signing-cert-file=${certificates}/ca.crt`,
  `--cluster-signing-key-file=${certificates}/ca.key`,
  '--use-service-account-credentials=true',
  '--allocate-node-cidrs=true',
  `--cluster-cidr=${addresses.pods}`,
  '--node-cidr-mask-size=24',
  `--service-cluster-ip-range=${addresses.services}`,
  '--leader-elect=false',
  '--bind-address=127.0.0.1',
  '--kube-api-qps=200',
  '--kube-api-burst=400',
];

const kubelet = ({ folder, addresses }: Layout): string[] => [
  `--config=${join(folder, 'kubelet.yaml')}`,
  `--kubeconfig=${kubeconfigOf(folder, 'kubelet')}`,
  '--hostname-override=node',
  `--node-ip=${addresses.node}`,
];

const router = ({ folder, addresses }: Layout): string[] => [
  `--kubeconfig=${kubeconfigOf(folder, 'router')}`,
  '--hostname-override=node',
  '--run-firewall=true',
  '--run-router=false',
  '--run-service-proxy=false',
  `--service-cluster-ip-range=${addresses.services}`,
  '--iptables-sync-period=60s',
  '--health-port=0',
];

/**
 * It insists on three values of the kernel's that the machine keeps otherwise, and sees files in their place: it alone, since
 * whoever sees a /proc that is partly covered may not mount one for a pod with users of its own.
 */
const kubeletsView = (folder: string): string => `if [ "\${1:-}" != apart ]; then
  exec unshare --mount --propagation unchanged bash "$0" apart
fi
mount --make-private /proc
show() { echo "$2" > ${quoted(folder)}/"\${1##*/}"; mount --bind ${quoted(folder)}/"\${1##*/}" "/proc/sys/$1"; }
show vm/overcommit_memory 1
show kernel/panic 10
show kernel/panic_on_oops 1
`;
