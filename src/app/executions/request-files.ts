// Files that come with a script. Their paths are names inside the script's folder and nothing else: whatever could mean
// another place, or the script itself, is refused.
import { invalid } from '#src/domain/errors.ts';
import type { RunInput } from '#src/domain/execution.ts';

export interface FileRequest {
  path: string;
  content: string;
  encoding: 'utf-8' | 'base64';
}

const filesMax = 64;
const bytesMax = 5 * 1_048_576;
const pathBytesMax = 512;
const nameBytesMax = 255;

/** @throws validation; `main` is the name that the script itself takes. */
export function storedFiles(files: readonly FileRequest[], main: string): RunInput['files'] {
  if (files.length > filesMax) throw invalid(`There may be at most ${filesMax} files`, ['body', 'files']);
  const paths = new Set<string>([main]);
  const folders = new Set<string>();
  let bytes = 0;
  return files.map(({ path, content, encoding }, index) => {
    const at = ['body', 'files', String(index)];
    assertInside(path, [...at, 'path']);
    if (paths.has(path)) throw invalid('Another file, or the script, has this path', [...at, 'path']);
    for (const folder of foldersOf(path)) folders.add(folder);
    paths.add(path);
    if ([...folders].some((folder) => paths.has(folder)))
      throw invalid('A file and a folder have the same path', [...at, 'path']);
    const data = decoded(content, encoding, [...at, 'content']);
    bytes += data.length;
    if (bytes > bytesMax) throw invalid('The files must have at most 5 MiB in all', ['body', 'files']);
    return { path, base64: data.toString('base64') };
  });
}

function assertInside(path: string, at: string[]): void {
  if (!path.isWellFormed() || Buffer.byteLength(path, 'utf8') > pathBytesMax)
    throw invalid('The path is too long', at);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  if (/[\u0000-\u001f\u007f\\]/.test(path)) throw invalid('The path has characters that are not allowed', at);
  const outside = path
    .split('/')
    .some((name) => name === '' || name === '.' || name === '..' || Buffer.byteLength(name) > nameBytesMax);
  if (outside) throw invalid('The path must be relative, without empty parts, `.` or `..`', at);
}

/** `a/b/c` → `a`, `a/b`. */
function foldersOf(path: string): string[] {
  const names = path.split('/').slice(0, -1);
  return names.map((_, index) => names.slice(0, index + 1).join('/'));
}

function decoded(content: string, encoding: FileRequest['encoding'], at: string[]): Buffer {
  if (encoding === 'utf-8') return Buffer.from(content, 'utf8');
  const data = Buffer.from(content, 'base64');
  // The decoder forgives everything; only the way back shows that nothing was forgiven.
  if (data.toString('base64') !== content) throw invalid('The content is not valid base64', at);
  return data;
}
