// The files of Debian packages in a folder: fetched by this machine's own apt from its own sources, which proves their signatures;
// unpacked, nothing of them executed. Needs no root and leaves the machine's own packages alone.
import { mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { $ } from 'bun';

export interface Packages {
  /** With everything that they depend on. */
  wanted: readonly string[];
  /** Of these dependencies, what only an installation needs. */
  without: readonly string[];
  /** Paths within, removed afterwards. */
  removed: readonly string[];
}

/** Since Debian 12 these are links; packages bring them as folders. */
const merged = ['bin', 'sbin', 'lib', 'lib64'];

/** @returns a line for each package, `name version`, sorted. */
export async function unpackDebian(root: string, scratch: string, packages: Packages): Promise<string[]> {
  const files = (await fetchPackages(scratch, packages.wanted)).filter(
    ({ name }) => !packages.without.includes(name),
  );
  for (const name of merged) {
    await mkdir(join(root, 'usr', name), { recursive: true });
    await symlink(`usr/${name}`, join(root, name));
  }
  for (const { path } of files) {
    const options = ['--preserve-permissions', '--no-same-owner', '--keep-directory-symlink'];
    await $`dpkg-deb --fsys-tarfile ${path} | tar --extract ${options} --directory ${root}`;
  }
  for (const path of packages.removed) await rm(join(root, path), { recursive: true, force: true });
  return files.map(({ name, version }) => `${name} ${version}`);
}

async function fetchPackages(
  scratch: string,
  wanted: readonly string[],
): Promise<{ path: string; name: string; version: string }[]> {
  const archives = join(scratch, 'archives');
  const installed = join(scratch, 'nothing-installed');
  await mkdir(join(archives, 'partial'), { recursive: true });
  await writeFile(installed, '');
  const options = [
    `Dir::State::status=${installed}`,
    `Dir::Cache::archives=${archives}`,
    'APT::Install-Recommends=false',
    'APT::Sandbox::User=',
    'Debug::NoLocking=1',
  ].flatMap((option) => ['-o', option]);
  await $`apt-get ${options} --yes --quiet=2 --download-only install ${wanted}`.quiet();
  const names = (await readdir(archives)).filter((file) => file.endsWith('.deb')).sort();
  return names.map((file) => {
    const [name = '', version = ''] = file.split('_');
    return { path: join(archives, file), name, version: decodeURIComponent(version) };
  });
}
