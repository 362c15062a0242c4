// The image of a runtime is the same for whoever builds it, and holds no more than a script needs.
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { $ } from 'bun';

import { buildPythonImage } from '#scripts/build-images.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'greenroom-images-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('two builds give the same bytes; there is no package manager, no certificate and nothing of another user', async () => {
  const paths = await Promise.all(
    ['a', 'b'].map((name) => buildPythonImage(join(folder, name), 'localhost/')),
  );
  const [one = '', two = ''] = paths;
  expect(await Bun.file(two).bytes()).toEqual(await Bun.file(one).bytes());
  const layer = await largestBlob(one);
  const listed = (await $`tar --list --verbose --numeric-owner --gzip --file - < ${layer}`.text()).split(
    '\n',
  );
  expect(listed.filter((line) => line !== '' && !line.includes(' 0/0 '))).toEqual([]);
  expect(listed.filter((line) => /usr\/bin\/(apt|dpkg|perl)|certificates|^-..s/.test(line))).toEqual([]);
  const sources = listed.filter((line) => /opt\/supervisor\/\w+\.py$/.test(line));
  const compiled = listed.filter((line) => /opt\/supervisor\/__pycache__\/\w+\.cpython-\d+\.pyc$/.test(line));
  expect(sources.length).toBeGreaterThan(20);
  expect(compiled.length).toBe(sources.length);
}, 300_000);

async function largestBlob(archive: string): Promise<Buffer> {
  const files = await new Bun.Archive(await Bun.file(archive).bytes()).files();
  const blobs = [...files].filter(([name]) => name.startsWith('blobs/')).map(([, file]) => file);
  const [largest] = blobs.toSorted((a, b) => b.size - a.size);
  return Buffer.from((await largest?.bytes()) ?? []);
}
