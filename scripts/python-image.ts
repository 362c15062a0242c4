// The image in which Python scripts run in pods: Debian's interpreter with the supervisor as its first process, and little else.
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { $ } from 'bun';

import { supervisorFiles } from '#src/adapters/local/supervisor/files.ts';

import { type Packages, unpackDebian } from './debian-files.ts';
import type { Image } from './oci-archive.ts';

/** The same as a script sees in a sandbox of this machine. */
const accounts = {
  passwd: 'sandbox:x:10001:10001::/sandbox:/bin/sh\n',
  group: 'sandbox:x:10001:\n',
  'nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files\nservices: files\nprotocols: files\n',
};
/** The supervisor's own files are out of a script's sight; what a script may import of ours is not among them. */
const supervisorFolder = 'opt/supervisor';
const extrasFolder = 'opt/greenroom';
const extras = ['greenroom_plots.py'];
const libraries: Readonly<Record<string, { loader: string; folder: string }>> = {
  x64: { loader: 'usr/lib64/ld-linux-x86-64.so.2', folder: 'usr/lib/x86_64-linux-gnu' },
  arm64: { loader: 'usr/lib/ld-linux-aarch64.so.1', folder: 'usr/lib/aarch64-linux-gnu' },
};

export const pythonImage = (prefix: string, version: string): Image => ({
  name: `${prefix}greenroom-runtime-python:${version}`,
  entrypoint: ['/usr/bin/python3', '-u', '-s', '-X', 'utf8', `/${supervisorFolder}/main.py`, 'mode=pod'],
  user: '10001:10001',
  environment: { PATH: '/usr/local/bin:/usr/bin:/bin', LANG: 'C.UTF-8', HOME: '/nonexistent' },
});

/** The Python that this Debian calls python3. */
export async function versionHere(): Promise<string> {
  const said = await $`apt-cache depends python3`.text();
  const version = /Depends: python(3\.\d+)$/m.exec(said)?.[1];
  if (version === undefined) throw new Error('apt knows no python3: images are built on Debian or Ubuntu');
  return version;
}

export async function layOutPython(root: string, scratch: string, version: string): Promise<void> {
  const installed = await unpackDebian(root, scratch, packagesOf(version));
  await write(root, 'etc', accounts);
  await write(root, 'usr/share/greenroom', { packages: `${installed.join('\n')}\n` });
  const texts = Object.entries(supervisorFiles);
  await write(root, supervisorFolder, Object.fromEntries(texts));
  await write(root, extrasFolder, Object.fromEntries(texts.filter(([name]) => extras.includes(name))));
  for (const [name, target] of [
    ['bin/sh', 'dash'],
    ['bin/python3', `python${version}`],
    ['bin/python', 'python3'],
  ] as const) {
    await symlink(target, join(root, 'usr', name)).catch((error: unknown) => {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    });
  }
  for (const folder of ['proc', 'sys', 'dev', 'run', 'sandbox', 'tmp', 'usr/local/bin']) {
    await mkdir(join(root, folder), { recursive: true });
  }
  await chmod(join(root, 'tmp'), 0o1777);
  await compile(root, version);
}

const packagesOf = (version: string): Packages => ({
  wanted: [
    `python${version}`,
    'base-files',
    'coreutils',
    'dash',
    'libc-bin',
    'media-types',
    'netbase',
    'tzdata',
  ],
  without: ['debconf', 'debianutils', 'dpkg', 'gcc-12-base', 'mawk', 'readline-common', 'tar'],
  removed: [
    ...['bin', 'doc', 'info', 'lintian', 'locale', 'man', 'menu', 'bug', 'base-files'].map(
      (one) => `usr/share/${one}`,
    ),
    ...['boot', 'dev', 'home', 'media', 'mnt', 'root', 'srv', 'var', 'usr/share/zoneinfo/right'],
    ...['etc/dpkg', 'etc/skel', 'etc/update-motd.d', 'usr/lib/python3'],
    ...Object.values(libraries).map(({ folder }) => `${folder}/gconv`),
    ...['lib2to3', 'test'].map((one) => `usr/lib/python${version}/${one}`),
  ],
});

/**
 * Nothing can be written beside a source later. By the image's own interpreter, without a change of root; neither the times of
 * files nor the order of a set are in what it writes.
 */
async function compile(root: string, version: string): Promise<void> {
  const library = libraries[process.arch];
  if (library === undefined) throw new Error(`no image for processors of the kind ${process.arch}`);
  const interpreter = [join(root, library.loader), '--library-path', join(root, library.folder)];
  const folders = [`usr/lib/python${version}`, supervisorFolder, extrasFolder].map((one) => join(root, one));
  const options = ['-q', '--invalidation-mode', 'unchecked-hash', '-s', root, '-p', '/'];
  await $`${interpreter} ${join(root, `usr/bin/python${version}`)} -B -s -S -m compileall ${options} ${folders}`
    .env({ PYTHONHOME: join(root, 'usr'), PYTHONHASHSEED: '0' })
    .quiet();
}

async function write(root: string, folder: string, texts: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(join(root, folder), { recursive: true });
  for (const [name, text] of Object.entries(texts)) await writeFile(join(root, folder, name), text);
}
