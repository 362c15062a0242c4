// The images of the runtimes, as files to be imported into a cluster's nodes or copied to a registry.
//   bun scripts/build-images.ts [FOLDER [PREFIX]]     by default dist/images, and localhost/ before each name
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { mebibytesOf, writeArchive } from './oci-archive.ts';
import { layOutPython, pythonImage, versionHere } from './python-image.ts';

/** @returns the path of the archive. */
export async function buildPythonImage(folder: string, prefix: string): Promise<string> {
  // The modes of files are part of the image.
  const umask = process.umask(0o022);
  const scratch = await mkdtemp(join(tmpdir(), 'greenroom-image-'));
  try {
    const version = await versionHere();
    const root = join(scratch, 'root');
    await layOutPython(root, join(scratch, 'packages'), version);
    const image = pythonImage(prefix, version);
    const path = join(folder, `greenroom-runtime-python-${version}.tar`);
    const digest = await writeArchive(root, image, path);
    process.stdout.write(`${image.name} ${digest} ${path} (${await mebibytesOf(path)} MiB)\n`);
    return path;
  } finally {
    process.umask(umask);
    await rm(scratch, { recursive: true, force: true });
  }
}

if (import.meta.main) {
  const [folder = 'dist/images', prefix = 'localhost/'] = process.argv.slice(2);
  await buildPythonImage(folder, prefix);
}
