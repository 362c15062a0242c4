// Writes the golden files of the machines: `bun tests/machines/write-golden.ts`. A snapshot that is there stays as it is,
// because records like it are in people's stores; `--replace` overwrites those of a version that was never released.
import { mkdir } from 'node:fs/promises';
import { asText, charts, goldenFolder, snapshots } from './golden.ts';

const replace = process.argv.includes('--replace');

for (const [path, content] of charts()) await write(path, content);
for (const [path, content] of snapshots()) {
  if (replace || !(await Bun.file(new URL(path, goldenFolder)).exists())) await write(path, content);
}

async function write(path: string, content: unknown): Promise<void> {
  const file = new URL(path, goldenFolder);
  await mkdir(new URL('.', file), { recursive: true });
  await Bun.write(file, asText(content));
}
