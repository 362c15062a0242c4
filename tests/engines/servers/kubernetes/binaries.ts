// The programs of a node, built from Go's modules with this machine's Go: each once for each state of its module.
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { run } from './command.ts';

interface Source {
  module: string;
  version: string;
  /** Of each program, by its name. */
  packages: Readonly<Record<string, string>>;
  linking?: string;
  tags?: string;
  /** Parts of it are C. */
  usesC?: boolean;
}

const modules = join(import.meta.dir, 'modules');
const sources: readonly Source[] = [kubernetes('1.37.2'), containerd('2.2.9'), ...others()];

/** @returns the names of those that were built now. */
export async function buildBinaries(folder: string): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const missing: (() => Promise<string>)[] = [];
  for (const source of sources) {
    const state = await stateOf(source);
    for (const [name, program] of Object.entries(source.packages)) {
      const mark = join(folder, `${name}.built`);
      const before = await Bun.file(mark)
        .text()
        .catch(() => '');
      if (before === state) continue;
      missing.push(async () => {
        await build(source, program, join(folder, name));
        await writeFile(mark, state);
        return name;
      });
    }
  }
  if (missing.length === 0) return [];
  if (Bun.which('go') === null) throw new Error('the test cluster is built with Go 1.26 or newer: no go');
  const built: string[] = [];
  for (const make of missing) built.push(await make());
  // Gigabytes that only a build needs.
  await rm(cacheOf(folder), { recursive: true, force: true });
  return built;
}

/** Changes with whatever a build depends on. */
async function stateOf(source: Source): Promise<string> {
  const hash = new Bun.CryptoHasher('sha256').update(JSON.stringify(source));
  const folder = join(modules, source.module);
  for (const name of (await readdir(folder)).sort()) hash.update(await Bun.file(join(folder, name)).bytes());
  return hash.digest('hex');
}

const cacheOf = (folder: string): string => join(folder, 'go-build');

async function build(source: Source, program: string, path: string): Promise<void> {
  const { module, linking = '', tags, usesC = false } = source;
  const gentle = ['nice', '-n', '19', 'ionice', '-c3'];
  const options = [
    '-trimpath',
    '-ldflags',
    `-s -w ${linking}`,
    ...(tags === undefined ? [] : ['-tags', tags]),
  ];
  await run([...gentle, 'go', 'build', ...options, '-o', `${path}.draft`, program], {
    folder: join(modules, module),
    environment: {
      GOFLAGS: '-mod=readonly',
      GOTOOLCHAIN: 'local',
      GOCACHE: cacheOf(join(path, '..')),
      CGO_ENABLED: usesC ? '1' : '0',
    },
  });
  await rename(`${path}.draft`, path);
}

function kubernetes(version: string): Source {
  const [major, minor] = version.split('.');
  const told = {
    gitVersion: `v${version}`,
    gitMajor: major,
    gitMinor: minor,
    gitTreeState: 'archive',
    gitCommit: 'module',
    buildDate: '2026-01-01T00:00:00Z',
  };
  const names = [
    'kube-apiserver',
    'kube-controller-manager',
    'kube-scheduler',
    'kubelet',
    'kube-proxy',
    'kubectl',
  ];
  return {
    module: 'kubernetes',
    version,
    packages: Object.fromEntries(names.map((name) => [name, `k8s.io/kubernetes/cmd/${name}`])),
    linking: Object.entries(told)
      .map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`)
      .join(' '),
  };
}

function containerd(version: string): Source {
  const root = 'github.com/containerd/containerd/v2';
  const names = ['containerd', 'containerd-shim-runc-v2', 'ctr'];
  return {
    module: 'containerd',
    version,
    packages: Object.fromEntries(names.map((name) => [name, `${root}/cmd/${name}`])),
    linking: `-X ${root}/version.Version=${version}`,
    tags: 'no_btrfs,no_devmapper,no_zfs,no_aufs',
  };
}

function others(): Source[] {
  const router = 'github.com/cloudnativelabs/kube-router/v2/cmd/kube-router';
  return [
    { module: 'etcd', version: '3.6.16', packages: { etcd: 'go.etcd.io/etcd/server/v3' } },
    { module: 'kube-router', version: '2.1.0', packages: { 'kube-router': router } },
    { module: 'coredns', version: '1.15.0', packages: { coredns: 'greenroom.test/coredns' } },
    {
      module: 'runc',
      version: '1.4.3',
      packages: { runc: 'github.com/opencontainers/runc' },
      linking: '-X main.version=1.4.3',
      tags: 'seccomp',
      // Enters namespaces in C, and filters system calls by a library.
      usesC: true,
    },
  ];
}
