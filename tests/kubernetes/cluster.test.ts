// What every other test on a cluster relies on: this one enforces what it was told to, each part can be broken, nothing is left.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { readdir, readFile } from 'node:fs/promises';

import { until } from '#tests/support/until.ts';

import { startKubernetes, type TestCluster } from '../engines/servers/kubernetes.ts';
import { type Namespace, openNamespace } from './namespace.ts';

/** Where everything is built first. */
const startWithinMs = 3_600_000;
const stopWithinMs = 60_000;
const sleep = 'import time; time.sleep(3600)';

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startKubernetes();
}, startWithinMs);
afterAll(() => cluster?.stop(), stopWithinMs);

async function within(name: string, use: (namespace: Namespace) => Promise<void>): Promise<void> {
  const namespace = await openNamespace(cluster, name);
  try {
    await use(namespace);
  } finally {
    await namespace.remove();
  }
}

describe('network policies', () => {
  let namespace: Namespace;
  let places: [string, number][] = [];
  const outside = Bun.listen({ hostname: '0.0.0.0', port: 0, socket: { data: () => undefined } });
  afterAll(() => outside.stop(true));
  beforeAll(async () => {
    namespace = await openNamespace(cluster, 'policies');
    const serve = 'import http.server as h; h.test(h.SimpleHTTPRequestHandler, port=8000)';
    await namespace.start(
      { name: 'server', labels: { role: 'server' }, code: serve },
      { name: 'client', labels: { role: 'client' }, code: sleep },
    );
    await namespace.running('server', 'client');
    const server = await namespace.kubectl(['get', 'pod', 'server', '-o', 'jsonpath={.status.podIP}']);
    const { addresses } = cluster;
    places = [
      [server, 8_000],
      [addresses.apiService, 443],
      [addresses.node, 6_443],
      [addresses.node, 10_250],
      [addresses.host, outside.port],
    ];
  });
  afterAll(() => namespace?.remove());

  const reached = async (): Promise<boolean[]> => {
    const probe = [
      'import json, socket',
      'def open_(host, port):',
      '    try: socket.create_connection((host, port), 1).close(); return True',
      '    except OSError: return False',
      `print(json.dumps([open_(*place) for place in json.loads('${JSON.stringify(places)}')]))`,
    ].join('\n');
    return JSON.parse(await namespace.kubectl(['exec', 'client', '--', 'python3', '-c', probe]));
  };
  const becomes = (wanted: boolean[]): Promise<void> =>
    until(async () => Bun.deepEquals(await reached(), wanted));
  const policy = (name: string, spec: Record<string, unknown>): Promise<void> =>
    namespace.apply({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name },
      spec: { podSelector: { matchLabels: { role: 'client' } }, ...spec },
    });

  test('shut and open what they name: a pod, the API server, the kubelet, this machine', async () => {
    const all = [true, true, true, true, true];
    await becomes(all);
    await policy('nothing', { policyTypes: ['Ingress', 'Egress'] });
    await becomes([false, false, false, false, false]);
    const server = { podSelector: { matchLabels: { role: 'server' } } };
    await policy('server', { policyTypes: ['Egress'], egress: [{ to: [server], ports: [{ port: 8_000 }] }] });
    await becomes([true, false, false, false, false]);
    await namespace.kubectl(['delete', 'networkpolicy', '--all']);
    await becomes(all);
  }, 120_000);
});

test('names of the cluster are answered to pods', () =>
  within('names', async ({ start, end }) => {
    const name = 'kubernetes.default.svc.cluster.local'.split('.');
    const question = [
      '\\x00\\x07\\x01\\0\\0\\x01\\0\\0\\0\\0\\0\\0',
      ...name.map((part) => `\\x${hexOf(part.length)}${part}`),
    ];
    const code = [
      'import socket',
      'way = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)',
      'way.settimeout(10)',
      `way.sendto(b"${question.join('')}\\0\\0\\x01\\0\\x01", ("${cluster.addresses.nameService}", 53))`,
      'print(socket.inet_ntoa(way.recv(512)[-4:]))',
    ].join('\n');
    await start({ name: 'asks', code });
    expect((await end('asks')).log).toBe(`${cluster.addresses.apiService}\n`);
  }));

describe('admission and access', () => {
  test('a namespace that is restricted takes no pod that gives nothing up', () =>
    within('restricted', async ({ kubectl, start, name }) => {
      await kubectl(['label', 'namespace', name, 'pod-security.kubernetes.io/enforce=restricted']);
      await expect(kubectl(['run', 'plain', '--image=localhost/any:1'])).rejects.toThrow(
        'violates PodSecurity',
      );
      await start({ name: 'modest', code: 'pass' });
    }));

  test('a service account may do nothing that nobody allowed', async () => {
    const as = '--as=system:serviceaccount:default:default';
    const { stdout } = await cluster.kubectl(['auth', 'can-i', 'list', 'pods', as]);
    expect(stdout).toBe('no\n');
  });
});

describe('pods', () => {
  test('end with their exit code; beyond their memory they are killed', () =>
    within('ends', async ({ start, end }) => {
      const limited = { resources: { limits: { memory: '64Mi' } } };
      await start(
        { name: 'three', code: 'raise SystemExit(3)' },
        { name: 'large', code: 'a = "x" * 10**9', container: limited },
      );
      expect(await end('three')).toMatchObject({ reason: 'Error', exitCode: 3 });
      expect(await end('large')).toMatchObject({ reason: 'OOMKilled', exitCode: 137 });
    }));

  test('have users of their own where they ask for them, and as many processes as a node allows', () =>
    within('limits', async ({ start, end }) => {
      const users = 'print(open("/proc/self/uid_map").read().split()[1] != "0")';
      const bomb = [
        'import os, time',
        'count = 0',
        'try:',
        '    while count < 2000:',
        '        if not os.fork(): time.sleep(5); os._exit(0)',
        '        count += 1',
        'except OSError: pass',
        'print(100 < count < 256)',
      ].join('\n');
      await start(
        { name: 'own', code: users, spec: { hostUsers: false } },
        { name: 'shared', code: users },
        { name: 'bomb', code: bomb },
      );
      expect((await end('own')).log).toBe('True\n');
      expect((await end('shared')).log).toBe('False\n');
      expect((await end('bomb')).log).toBe('True\n');
    }));
});

describe('a part', () => {
  test(
    'that is killed stays away until it is restarted; what ran goes on',
    () =>
      within('killed', async ({ start, running, kubectl }) => {
        await start({ name: 'bystander', code: sleep });
        await running('bystander');
        for (const name of ['kube-apiserver', 'containerd', 'kubelet'] as const) {
          const part = cluster.part(name);
          await part.kill();
          if (name === 'kube-apiserver') {
            const { exitCode } = await cluster.kubectl(['get', 'nodes', '--request-timeout=2s']);
            expect(exitCode).not.toBe(0);
          }
          await part.restart();
        }
        const restarts = '{.status.phase} {.status.containerStatuses[0].restartCount}';
        expect(await kubectl(['get', 'pod', 'bystander', '-o', `jsonpath=${restarts}`])).toBe('Running 0');
        await start({ name: 'after', code: sleep });
        await running('after');
      }),
    120_000,
  );

  test('that stands still answers nobody, and goes on where it stood', async () => {
    const server = cluster.part('kube-apiserver');
    server.pause();
    const { exitCode } = await cluster.kubectl(['get', 'nodes', '--request-timeout=1s']);
    server.resume();
    expect(exitCode).not.toBe(0);
    await until(async () => (await cluster.kubectl(['get', 'nodes'])).exitCode === 0);
  });
});

test('two run side by side, and of one that is stopped nothing is left', async () => {
  const before = await traces();
  const second = await startKubernetes({ enforcesNetworkPolicies: false });
  expect((await traces()).length).toBeGreaterThan(before.length);
  expect((await second.kubectl(['get', 'pods', '-A', '-o', 'name'])).stdout).toBe('');
  expect((await cluster.kubectl(['get', 'nodes'])).exitCode).toBe(0);
  await second.stop();
  expect(await traces()).toEqual(before);
}, 180_000);

const hexOf = (value: number): string => value.toString(16).padStart(2, '0');

/** Processes, mounts, groups, links and routes, folders. */
async function traces(): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const commands = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  const places = '.cache/engines/kubernetes/node-';
  const groups = await Promise.all(
    (await readdir('/sys/fs/cgroup')).map(async (tree) =>
      (await readdir(`/sys/fs/cgroup/${tree}`).catch(() => [])).filter((name) =>
        name.startsWith('greenroom-node'),
      ),
    ),
  );
  const ip = async (...words: string[]): Promise<string[]> => {
    // It complains of links whose other end is just going.
    const child = Bun.spawn(['ip', '-oneline', ...words], { stdout: 'pipe', stderr: 'ignore' });
    const text = await new Response(child.stdout).text();
    return text.split('\n').filter((line) => line.includes('greenroom'));
  };
  const mounts = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n');
  const home = await readdir('.cache/engines/kubernetes');
  const found = [
    ...commands.filter((command) => command.includes(places)),
    ...mounts.filter((line) => line.includes(places)),
    ...groups.flat(),
    ...(await ip('link')).map((line) => line.split(':')[1] ?? ''),
    ...(await ip('route')),
    ...home.filter((name) => name.startsWith('node-')),
  ];
  return found.sort();
}
