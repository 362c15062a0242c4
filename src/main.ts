// Entry in development: the web app comes from web/dist as it was last built. The binary's entry is written by the build.
import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { runCommand } from './cli.ts';

const folder = join(import.meta.dir, '..', 'web', 'dist');

await runCommand(Bun.argv.slice(2), process.env, await builtWebFiles());

async function builtWebFiles(): Promise<ReadonlyMap<string, string>> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const paths = entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    return new Map(paths.map((path) => [`/${relative(folder, path)}`, path]));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return new Map();
    throw error;
  }
}
