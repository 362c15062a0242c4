// A copy of the source in a temporary folder, in which one mutant at a time lives. The source itself is never touched.
import { cp, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Edit, edited } from './edit.ts';

export interface Workplace {
  folder: string;
  /** Changes the copy; what a mutant changed before is as it was. Null, or the file whose text does not fit. */
  apply(edits: readonly Edit[]): Promise<string | null>;
  remove(): Promise<void>;
}

const copied = [
  'machines',
  'actors',
  'src',
  'tests',
  'scripts',
  'package.json',
  'tsconfig.json',
  'bunfig.toml',
];

export async function createWorkplace(source: string): Promise<Workplace> {
  const folder = await mkdtemp(join(tmpdir(), 'mutants-'));
  for (const path of copied) await cp(join(source, path), join(folder, path), { recursive: true });
  await symlink(join(source, 'node_modules'), join(folder, 'node_modules'));
  const originals = new Map<string, string>();
  return {
    folder,
    async apply(edits) {
      for (const [path, text] of originals) await Bun.write(join(folder, path), text);
      originals.clear();
      for (const edit of edits) {
        const path = join(folder, edit.file);
        const text = await Bun.file(path).text();
        const changed = edited(text, edit);
        if (changed === null) return edit.file;
        if (!originals.has(edit.file)) originals.set(edit.file, text);
        await Bun.write(path, changed);
      }
      return null;
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
