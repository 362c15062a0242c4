// The images that every node has from its start, imported once into a folder of containerd's from which each node links.
import { mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { buildPythonImage } from '#scripts/build-images.ts';
import { writeArchive } from '#scripts/oci-archive.ts';
import { supervisorFiles } from '#src/adapters/local/supervisor/files.ts';
import { until } from '#tests/support/until.ts';

import { attempt, run } from './command.ts';

export const pauseImage = 'localhost/pause:1';

const scripts = join(import.meta.dir, '../../../../scripts');
/** What the images are made of; with it their archives are made anew. */
const recipes = ['build-images.ts', 'debian-files.ts', 'oci-archive.ts', 'python-image.ts'].map((name) =>
  join(scripts, name),
);

/** @returns the folder to link from. */
export async function makeImages(home: string, binaries: string): Promise<string> {
  const state = await stateOfRecipes();
  const seed = join(home, `images-${state}`);
  if (await exists(seed)) return seed;
  const draft = await mkdtemp(join(home, 'images-draft-'));
  try {
    const archives = join(draft, 'archives');
    await mkdir(archives);
    await Promise.all([buildPause(join(draft, 'pause'), archives), buildPythonImage(archives, 'localhost/')]);
    await importAll(draft, archives, binaries);
    await rm(archives, { recursive: true });
    for (const old of await readdir(home)) {
      if (old.startsWith('images-') && join(home, old) !== draft)
        await rm(join(home, old), { recursive: true });
    }
    await rename(join(draft, 'root'), seed);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return seed;
}

async function stateOfRecipes(): Promise<string> {
  const hash = new Bun.CryptoHasher('sha256').update(JSON.stringify(supervisorFiles));
  for (const path of [...recipes, join(import.meta.dir, 'pause.c')])
    hash.update(await Bun.file(path).bytes());
  return hash.digest('hex').slice(0, 16);
}

async function buildPause(root: string, archives: string): Promise<void> {
  await mkdir(root);
  await run(['gcc', '-Os', '-static', '-s', '-o', join(root, 'pause'), join(import.meta.dir, 'pause.c')]);
  const image = { name: pauseImage, entrypoint: ['/pause'], user: '65535:65535', environment: {} };
  await writeArchive(root, image, join(archives, 'pause.tar'));
}

async function importAll(draft: string, archives: string, binaries: string): Promise<void> {
  const address = join(draft, 'socket');
  const settings = join(draft, 'containerd.toml');
  await writeFile(settings, importingOnly(draft, address));
  const log = Bun.file(join(draft, 'log'));
  const child = Bun.spawn(['unshare', '--mount', join(binaries, 'containerd'), '-c', settings], {
    stdin: 'ignore',
    stdout: log,
    stderr: log,
  });
  const ctr = [join(binaries, 'ctr'), '--address', address];
  try {
    await until(async () => (await attempt([...ctr, 'version'])).exitCode === 0, 60_000);
    for (const name of await readdir(archives)) {
      await run([...ctr, '--namespace', 'k8s.io', 'images', 'import', '--local', join(archives, name)]);
    }
  } finally {
    // By its ordinary way out, so that its databases are closed.
    child.kill('SIGTERM');
    await child.exited;
  }
}

const importingOnly = (folder: string, address: string): string => `version = 3
root = "${folder}/root"
state = "${folder}/state"
disabled_plugins = [
  "io.containerd.grpc.v1.cri", "io.containerd.cri.v1.images", "io.containerd.cri.v1.runtime",
  "io.containerd.nri.v1.nri", "io.containerd.internal.v1.opt",
]
[grpc]
  address = "${address}"
[ttrpc]
  address = "${address}.ttrpc"
`;

/** Blobs and snapshots are never written again and may be shared; the databases are the node's own. */
export async function linkImages(seed: string, root: string): Promise<void> {
  await run(['cp', '-al', seed, root]);
  for (const path of await readdir(seed, { recursive: true })) {
    if (path.endsWith('.db')) await run(['cp', '--remove-destination', join(seed, path), join(root, path)]);
  }
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
