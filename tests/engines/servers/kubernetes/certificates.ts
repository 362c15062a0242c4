// An authority of one cluster's own, and the certificates by which its parts know one another.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { run } from './command.ts';

/** Whose names are in the certificates, as the cluster's rules of access know them. */
export const clients = {
  admin: '/O=system:masters/CN=admin',
  kubelet: '/O=system:nodes/CN=system:node:node',
  'controller-manager': '/CN=system:kube-controller-manager',
  scheduler: '/CN=system:kube-scheduler',
  proxy: '/CN=system:kube-proxy',
  router: '/O=system:masters/CN=kube-router',
  dns: '/O=system:masters/CN=coredns',
} as const;
export type Client = keyof typeof clients;

/** Further ones, of servers: with the names and addresses at which they are called. */
interface Servers {
  node: string;
  apiService: string;
}

export async function writeCertificates(folder: string, { node, apiService }: Servers): Promise<void> {
  await mkdir(folder, { recursive: true });
  const path = (name: string): string => join(folder, name);
  await newKey(path('ca.key'));
  const signing = [
    '-addext',
    'keyUsage=critical,keyCertSign,cRLSign',
    '-days',
    '2',
    '-subj',
    '/CN=test-cluster',
  ];
  await run(['openssl', 'req', '-x509', '-new', '-key', path('ca.key'), ...signing, '-out', path('ca.crt')]);
  await newKey(path('service-accounts.key'));
  const asked = [
    'kubernetes',
    'kubernetes.default',
    'kubernetes.default.svc',
    'kubernetes.default.svc.cluster.local',
  ];
  const called = [...asked.map((name) => `DNS:${name}`), `IP:${node}`, `IP:${apiService}`].join(',');
  await Promise.all([
    run([
      'openssl',
      'ec',
      '-in',
      path('service-accounts.key'),
      '-pubout',
      '-out',
      path('service-accounts.pub'),
    ]),
    certify(folder, 'apiserver', '/CN=kube-apiserver', called),
    certify(folder, 'apiserver-client', '/O=system:masters/CN=apiserver-kubelet-client'),
    ...Object.entries(clients).map(([name, subject]) =>
      certify(folder, name, subject, name === 'kubelet' ? `DNS:node,IP:${node}` : undefined),
    ),
  ]);
}

const newKey = (path: string): Promise<string> =>
  run(['openssl', 'ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', path]);

async function certify(folder: string, name: string, subject: string, called?: string): Promise<void> {
  const path = (suffix: string): string => join(folder, `${name}.${suffix}`);
  const authority = ['-CA', join(folder, 'ca.crt'), '-CAkey', join(folder, 'ca.key')];
  const names = called === undefined ? '' : `subjectAltName=${called}\n`;
  await newKey(path('key'));
  await writeFile(path('extensions'), `extendedKeyUsage=serverAuth,clientAuth\n${names}`);
  await run(['openssl', 'req', '-new', '-key', path('key'), '-subj', subject, '-out', path('request')]);
  await run([
    ...['openssl', 'x509', '-req', '-in', path('request'), '-days', '2', '-extfile', path('extensions')],
    ...['-set_serial', `0x${crypto.randomUUID().replaceAll('-', '')}`],
    ...[...authority, '-out', path('crt')],
  ]);
}

/** For a client's configuration: the file's bytes in base64. */
export const encoded = async (folder: string, file: string): Promise<string> =>
  Buffer.from(await Bun.file(join(folder, file)).bytes()).toString('base64');
