// A folder as an image in one file, as container engines import it. The same files give the same bytes.
import { mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { $ } from 'bun';

export interface Image {
  /** With a domain: without one it would be completed with that of a public registry. */
  name: string;
  entrypoint: readonly string[];
  /** `uid:gid`, both numbers. */
  user: string;
  environment: Readonly<Record<string, string>>;
}

const media = 'application/vnd.oci.image';
const architectures: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };
/** Owners, times and order are ours, whoever made the files and when. */
const reproducible = [
  '--sort=name',
  '--mtime=@0',
  '--owner=0',
  '--group=0',
  '--numeric-owner',
  '--format=gnu',
];

/** @returns the image's digest, `sha256:…`. */
export async function writeArchive(root: string, image: Image, path: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  const scratch = await mkdtemp(`${path}.`);
  try {
    const blobs = join(scratch, 'blobs', 'sha256');
    await mkdir(blobs, { recursive: true });
    const put = async (data: Uint8Array | string): Promise<Descriptor> => {
      const bytes = Buffer.from(data);
      await writeFile(join(blobs, hexOf(bytes)), bytes);
      return { digest: `sha256:${hexOf(bytes)}`, size: bytes.length };
    };
    const files = (await readdir(root)).sort();
    const layer = await $`tar ${reproducible} --directory ${root} --create ${files}`.quiet().arrayBuffer();
    const packed = await put(Bun.gzipSync(new Uint8Array(layer), { level: 9 }));
    const config = await put(JSON.stringify(configOf(image, hexOf(Buffer.from(layer)))));
    const manifest = await put(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: `${media}.manifest.v1+json`,
        config: { mediaType: `${media}.config.v1+json`, ...config },
        layers: [{ mediaType: `${media}.layer.v1.tar+gzip`, ...packed }],
      }),
    );
    await writeFile(join(scratch, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
    await writeFile(join(scratch, 'index.json'), JSON.stringify(indexOf(image, manifest)));
    const draft = join(scratch, 'archive');
    await $`tar ${reproducible} --directory ${scratch} --create --file ${draft} blobs index.json oci-layout`;
    await rename(draft, path);
    return manifest.digest;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

interface Descriptor {
  digest: string;
  size: number;
}

const hexOf = (bytes: Buffer): string => new Bun.CryptoHasher('sha256').update(bytes).digest('hex');

const platform = (): { architecture: string; os: string } => ({
  architecture: architectures[process.arch] ?? process.arch,
  os: 'linux',
});

const configOf = ({ user, entrypoint, environment }: Image, layer: string): unknown => ({
  ...platform(),
  config: {
    User: user,
    Env: Object.entries(environment).map(([name, value]) => `${name}=${value}`),
    Entrypoint: entrypoint,
    WorkingDir: '/',
  },
  rootfs: { type: 'layers', diff_ids: [`sha256:${layer}`] },
});

const indexOf = ({ name }: Image, manifest: Descriptor): unknown => ({
  schemaVersion: 2,
  manifests: [
    {
      mediaType: `${media}.manifest.v1+json`,
      ...manifest,
      annotations: {
        'io.containerd.image.name': name,
        'org.opencontainers.image.ref.name': name.split(':').at(-1),
      },
      platform: platform(),
    },
  ],
});

/** For those who say how large it is. */
export const mebibytesOf = async (path: string): Promise<string> =>
  ((await stat(path)).size / 2 ** 20).toFixed(1);
