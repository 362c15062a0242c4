// The files that the parts of a node read. What is JSON here is read as YAML there.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { type Client, clients, encoded } from './certificates.ts';
import { pauseImage } from './images.ts';
import type { Addresses } from './machine.ts';

export interface Layout {
  /** Of this node alone; removed at its end. */
  folder: string;
  certificates: string;
  binaries: string;
  group: string;
  addresses: Addresses;
}

export const socket = '/run/containerd/containerd.sock';
export const kubeconfigOf = (folder: string, client: Client): string => join(folder, `${client}.kubeconfig`);

export async function writeConfiguration(layout: Layout): Promise<void> {
  const { folder, addresses } = layout;
  await mkdir(join(folder, 'network'), { recursive: true });
  const write = (name: string, text: string): Promise<void> => writeFile(join(folder, name), text);
  for (const client of Object.keys(clients) as Client[]) await writeKubeconfig(layout, client);
  await write('containerd.toml', containerd(layout));
  await write('network/10-pods.conflist', JSON.stringify(network(addresses)));
  await write('kubelet.yaml', JSON.stringify(kubelet(layout)));
  await write('scheduler.yaml', JSON.stringify(scheduler(layout)));
  await write('proxy.yaml', JSON.stringify(proxy(layout)));
  await write('resolv.conf', `nameserver ${addresses.nameService}\n`);
  await write('Corefile', names(layout));
}

async function writeKubeconfig(layout: Layout, client: Client): Promise<void> {
  const { folder, certificates, addresses } = layout;
  const [authority, certificate, key] = await Promise.all(
    ['ca.crt', `${client}.crt`, `${client}.key`].map((file) => encoded(certificates, file)),
  );
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    contexts: [{ name: 'test', context: { cluster: 'test', user: client } }],
    clusters: [
      {
        name: 'test',
        cluster: { server: `https://${addresses.node}:6443`, 'certificate-authority-data': authority },
      },
    ],
    users: [{ name: client, user: { 'client-certificate-data': certificate, 'client-key-data': key } }],
  };
  await writeFile(kubeconfigOf(folder, client), JSON.stringify(config), { mode: 0o600 });
}

/** Its state lies where a pod with users of its own can walk to. */
const containerd = ({ folder, binaries }: Layout): string => `version = 3
root = "${folder}/containerd"
state = "/run/containerd/state"
disabled_plugins = ["io.containerd.nri.v1.nri", "io.containerd.internal.v1.opt"]
[grpc]
  address = "${socket}"
[ttrpc]
  address = "${socket}.ttrpc"
[plugins."io.containerd.cri.v1.images"]
  snapshotter = "overlayfs"
  [plugins."io.containerd.cri.v1.images".pinned_images]
    sandbox = "${pauseImage}"
[plugins."io.containerd.cri.v1.runtime"]
  restrict_oom_score_adj = true
  disable_apparmor = true
  [plugins."io.containerd.cri.v1.runtime".cni]
    bin_dirs = ["/usr/lib/cni"]
    conf_dir = "${folder}/network"
  [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options]
      BinaryName = "${binaries}/runc"
`;

const network = ({ pods }: Addresses): unknown => ({
  cniVersion: '1.0.0',
  name: 'pods',
  plugins: [
    {
      type: 'bridge',
      bridge: 'cni0',
      isGateway: true,
      ipMasq: true,
      hairpinMode: true,
      ipam: { type: 'host-local', ranges: [[{ subnet: pods }]], routes: [{ dst: '0.0.0.0/0' }] },
    },
    { type: 'portmap', capabilities: { portMappings: true } },
  ],
});

const kubelet = ({ folder, certificates, group, addresses }: Layout): unknown => ({
  apiVersion: 'kubelet.config.k8s.io/v1beta1',
  kind: 'KubeletConfiguration',
  authentication: {
    anonymous: { enabled: false },
    webhook: { enabled: true },
    x509: { clientCAFile: join(certificates, 'ca.crt') },
  },
  authorization: { mode: 'Webhook' },
  tlsCertFile: join(certificates, 'kubelet.crt'),
  tlsPrivateKeyFile: join(certificates, 'kubelet.key'),
  healthzBindAddress: addresses.node,
  containerRuntimeEndpoint: `unix://${socket}`,
  failCgroupV1: false,
  cgroupDriver: 'cgroupfs',
  cgroupRoot: `/${group}`,
  failSwapOn: false,
  // Root itself may lack the right to make anything less likely to be killed.
  oomScoreAdj: 0,
  protectKernelDefaults: true,
  resolvConf: join(folder, 'resolv.conf'),
  clusterDNS: [addresses.nameService],
  clusterDomain: 'cluster.local',
  nodeStatusUpdateFrequency: '1s',
  serializeImagePulls: false,
  imageGCHighThresholdPercent: 100,
  evictionHard: { 'memory.available': '100Mi' },
  podPidsLimit: 256,
  maxPods: 200,
  kubeAPIQPS: 200,
  kubeAPIBurst: 400,
  enableDebuggingHandlers: true,
});

const scheduler = ({ folder }: Layout): unknown => ({
  apiVersion: 'kubescheduler.config.k8s.io/v1',
  kind: 'KubeSchedulerConfiguration',
  leaderElection: { leaderElect: false },
  clientConnection: { kubeconfig: kubeconfigOf(folder, 'scheduler'), qps: 200, burst: 400 },
});

const proxy = ({ folder, addresses }: Layout): unknown => ({
  apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
  kind: 'KubeProxyConfiguration',
  mode: 'iptables',
  clusterCIDR: addresses.pods,
  hostnameOverride: 'node',
  oomScoreAdj: 0,
  healthzBindAddress: '127.0.0.1:10256',
  // Nothing of the kernel's is to be changed.
  conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
  clientConnection: { kubeconfig: kubeconfigOf(folder, 'proxy') },
});

const names = ({ folder, addresses }: Layout): string => `cluster.local:53 {
  errors
  bind ${addresses.node}
  kubernetes cluster.local {
    kubeconfig ${kubeconfigOf(folder, 'dns')}
  }
}
`;

/** So that pods find the name server at its service's address, though it is no pod. */
export const nameService = ({ node, nameService: address }: Addresses): unknown[] => {
  const metadata = { name: 'kube-dns', namespace: 'kube-system' };
  const ports = ['UDP', 'TCP'].map((protocol) => ({
    name: `dns-${protocol.toLowerCase()}`,
    port: 53,
    protocol,
  }));
  return [
    { apiVersion: 'v1', kind: 'Service', metadata, spec: { clusterIP: address, ports } },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { ...metadata, labels: { 'kubernetes.io/service-name': 'kube-dns' } },
      addressType: 'IPv4',
      ports,
      endpoints: [{ addresses: [node], conditions: { ready: true } }],
    },
  ];
};
