// web/dist, then dist/greenroom: one binary that carries the web app, the supervisor and every role.
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { $ } from 'bun';

const root = join(import.meta.dir, '..');
process.chdir(root);

await $`bun node_modules/vite/bin/vite.js build web --logLevel warn`;
await mkdir('dist', { recursive: true });
const entry = 'dist/entry.gen.ts';
await writeFile(entry, await entryWithAssets());
const built = await $`bun build --compile --minify --bytecode --format=esm --outfile dist/greenroom ${entry}`
  .nothrow()
  .quiet();
if (built.exitCode !== 0) {
  process.stderr.write(built.stderr);
  process.exit(1);
}
await rm(entry);
process.stdout.write('built dist/greenroom\n');

/** Hashed names change with every web build, so the list of assets is written anew each time. */
async function entryWithAssets(): Promise<string> {
  const folder = join(root, 'web', 'dist');
  const files = (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((file) => file.isFile())
    .map((file) => relative(folder, join(file.parentPath, file.name)))
    .sort();
  const imports = files.map(
    (file, index) =>
      `import asset${index} from ${JSON.stringify(`../web/dist/${file}`)} with { type: 'file' };`,
  );
  const entries = files.map((file, index) => `  [${JSON.stringify(`/${file}`)}, asset${index}],`);
  return [
    ...imports,
    "import { runCommand } from '../src/cli.ts';",
    `await runCommand(process.argv.slice(2), process.env, new Map([\n${entries.join('\n')}\n]));`,
    '',
  ].join('\n');
}
