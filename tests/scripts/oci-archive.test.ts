// An image's bytes depend on nothing but its files and what is said of it.
import { afterEach, beforeEach, expect, test } from 'bun:test';
import { chmod, mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { $ } from 'bun';

import { type Image, writeArchive } from '#scripts/oci-archive.ts';

const image: Image = {
  name: 'localhost/of-a-test:1.2',
  entrypoint: ['/bin/program', 'word'],
  user: '10001:10001',
  environment: { LANG: 'C.UTF-8' },
};

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'greenroom-archive-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function layOut(name: string, names: readonly string[], seconds: number): Promise<string> {
  const root = join(folder, name);
  await mkdir(join(root, 'bin'), { recursive: true });
  for (const file of names) {
    await writeFile(join(root, 'bin', file), file);
    await utimes(join(root, 'bin', file), seconds, seconds);
  }
  await chmod(join(root, 'bin', 'program'), 0o755);
  await symlink('program', join(root, 'bin', 'link'));
  return root;
}

test('the same files give the same bytes, whenever and in whatever order they were made', async () => {
  const [one, two] = [join(folder, 'one.tar'), join(folder, 'two.tar')];
  const digest = await writeArchive(await layOut('a', ['program', 'other'], 1_000), image, one);
  expect(await writeArchive(await layOut('b', ['other', 'program'], 2_000), image, two)).toBe(digest);
  expect(await Bun.file(two).bytes()).toEqual(await Bun.file(one).bytes());
  const third = await layOut('c', ['other', 'program'], 2_000);
  await writeFile(join(third, 'bin', 'other'), 'changed');
  expect(await writeArchive(third, image, two)).not.toBe(digest);
});

test('an archive says what an engine needs to import and start it, each part by its digest', async () => {
  const path = join(folder, 'image.tar');
  const digest = await writeArchive(await layOut('a', ['program'], 1_000), image, path);
  const archive = new Bun.Archive(await Bun.file(path).bytes());
  const files = await archive.files();
  const read = async (name: string) => JSON.parse((await files.get(name)?.text()) ?? 'null');
  const blob = (value: string) => `blobs/${value.replace(':', '/')}`;
  const index = await read('index.json');
  expect(index.manifests).toMatchObject([
    { digest, annotations: { 'io.containerd.image.name': 'localhost/of-a-test:1.2' } },
  ]);
  const manifest = await read(blob(digest));
  const { config, rootfs } = await read(blob(manifest.config.digest));
  expect(config).toEqual({
    User: '10001:10001',
    Env: ['LANG=C.UTF-8'],
    Entrypoint: ['/bin/program', 'word'],
    WorkingDir: '/',
  });
  const [layer] = manifest.layers;
  const packed = await files.get(blob(layer.digest))?.bytes();
  expect(packed?.length).toBe(layer.size);
  const unpacked = Bun.gunzipSync(Buffer.from(packed ?? []));
  expect(rootfs.diff_ids).toEqual([
    `sha256:${new Bun.CryptoHasher('sha256').update(unpacked).digest('hex')}`,
  ]);
  const listed =
    await $`tar --list --verbose --numeric-owner --utc --file - < ${Buffer.from(unpacked)}`.text();
  expect(
    listed
      .trim()
      .split('\n')
      .map((line) => line.replaceAll(/ +/g, ' ')),
  ).toEqual([
    'drwxr-xr-x 0/0 0 1970-01-01 00:00 bin/',
    'lrwxrwxrwx 0/0 0 1970-01-01 00:00 bin/link -> program',
    '-rwxr-xr-x 0/0 7 1970-01-01 00:00 bin/program',
  ]);
});
