// Which cluster is meant, and what an operator is told who did not say it.
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCluster } from '#src/adapters/kubernetes/cluster.ts';

let folder = '';
let kubeconfig = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'greenroom-kubeconfig-'));
  kubeconfig = join(folder, 'config');
  await Bun.write(
    kubeconfig,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'one',
      clusters: [
        { name: 'one', cluster: { server: 'https://one:6443/', 'certificate-authority-data': btoa('PEM') } },
        { name: 'two', cluster: { server: 'https://two:6443', 'tls-server-name': 'named' } },
      ],
      users: [
        { name: 'token', user: { token: 'first' } },
        {
          name: 'certificate',
          user: { 'client-certificate-data': btoa('CERT'), 'client-key-data': btoa('KEY') },
        },
      ],
      contexts: [
        { name: 'one', context: { cluster: 'one', user: 'token' } },
        { name: 'two', context: { cluster: 'two', user: 'certificate' } },
      ],
    }),
  );
});
afterAll(() => rm(folder, { recursive: true }));

test('a kubeconfig names a server, its certificates, and who we are', async () => {
  const one = await openCluster({ kubeconfig, context: '' });
  expect(one.server).toBe('https://one:6443');
  const { headers, tls } = await one.credentials();
  expect(headers).toEqual({ Authorization: 'Bearer first' });
  expect([String(tls.ca), tls.cert, tls.rejectUnauthorized]).toEqual(['PEM', undefined, true]);

  const two = await openCluster({ kubeconfig, context: 'two' });
  const other = await two.credentials();
  expect(two.server).toBe('https://two:6443');
  expect([String(other.tls.cert), String(other.tls.key), other.tls.serverName]).toEqual([
    'CERT',
    'KEY',
    'named',
  ]);
});

test.each([
  ['no file', { kubeconfig: '/there/is/none', context: '' }, 'cannot be read'],
  ['a context that is not in it', { kubeconfig: '', context: 'three' }, 'there are one, two'],
  ['nothing, outside of a cluster', { kubeconfig: '-', context: '' }, 'kubernetes.kubeconfig'],
])('an operator who names %s is told so', async (_what, options, words) => {
  const meant = options.kubeconfig === '-' ? '' : options.kubeconfig || kubeconfig;
  const error = await openCluster({ ...options, kubeconfig: meant }).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ kind: 'infrastructure' });
  expect(String(error)).toContain(words);
});
