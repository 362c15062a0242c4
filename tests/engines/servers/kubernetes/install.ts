// What every test node is made of, made once on a machine: Debian's packages, the programs, the images.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { buildBinaries } from './binaries.ts';
import { attempt, lock, run } from './command.ts';
import { makeImages } from './images.ts';

export const home = join(process.cwd(), '.cache/engines/kubernetes');

export interface Installation {
  binaries: string;
  /** Images, for containerd's root to be linked from. */
  images: string;
}

const packages = [
  'conntrack',
  'containernetworking-plugins',
  'gcc',
  'iproute2',
  'ipset',
  'iptables',
  'libc6-dev',
  'libseccomp-dev',
  'openssl',
  'pkg-config',
];

/** The first time it takes a quarter of an hour. Of several at once one makes it, the others wait. */
export async function installKubernetes(): Promise<Installation> {
  if (process.getuid?.() !== 0) throw new Error('the test cluster needs root');
  await mkdir(home, { recursive: true });
  const held = await lock(join(home, 'installing'), true);
  try {
    await installPackages();
    const binaries = join(home, 'programs');
    const built = await buildBinaries(binaries);
    if (built.length > 0) process.stdout.write(`built ${built.join(', ')}\n`);
    return { binaries, images: await makeImages(home, binaries) };
  } finally {
    await held?.release();
  }
}

async function installPackages(): Promise<void> {
  const { stdout } = await attempt([
    'dpkg-query',
    '--show',
    `--showformat=\${db:Status-Status}\n`,
    ...packages,
  ]);
  if (stdout.split('\n').filter((status) => status === 'installed').length === packages.length) return;
  const environment = { DEBIAN_FRONTEND: 'noninteractive' };
  await run(['apt-get', 'update', '-qq'], { environment });
  await run(['apt-get', 'install', '-y', '-qq', '--no-install-recommends', ...packages], { environment });
}
