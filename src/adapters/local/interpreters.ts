// Which Pythons this machine has. Asks each one itself; remembers the answers as long as the file is the same.
import { readdir, readFile, realpath, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

import { type Static, Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';

const interpreterSchema = Type.Object({
  /** `3.11`. */
  version: Type.String(),
  path: Type.String(),
  /** Folders outside the system's own that it needs to see. */
  folders: Type.Array(Type.String()),
});
export type Interpreter = Static<typeof interpreterSchema>;

/** Null: was asked, and is none of ours. */
const cacheSchema = Type.Record(Type.String(), Type.Union([interpreterSchema, Type.Null()]));
type Cache = Static<typeof cacheSchema>;
const minors = [8, 9, 10, 11, 12, 13, 14];
const names = ['python3', ...minors.map((minor) => `python3.${minor}`)];
const question =
  'import json,sys;print(json.dumps([sys.implementation.name,*sys.version_info[:2],sys.executable,sys.prefix,sys.base_prefix]))';
const answerSchema = Type.Tuple([
  Type.String(),
  Type.Number(),
  Type.Number(),
  Type.String(),
  Type.String(),
  Type.String(),
]);

/** One for each version, versions ascending. Earlier places win: those named, the system's, then the user's own. */
export async function findInterpreters(
  named: readonly string[],
  cacheFile: string,
  environment: Record<string, string>,
): Promise<Interpreter[]> {
  const cache = await readCache(cacheFile);
  const known: Cache = {};
  const asked = (await candidates(named)).map(async (path) => {
    const key = await identity(path);
    if (!key) return null;
    const cached = cache[key];
    const answer = cached === undefined ? await ask(path, environment) : cached;
    known[key] = answer;
    return answer;
  });
  const found = new Map<string, Interpreter>();
  for (const interpreter of await Promise.all(asked)) {
    if (interpreter && !found.has(interpreter.version)) found.set(interpreter.version, interpreter);
  }
  if (JSON.stringify(known) !== JSON.stringify(cache)) await writeFile(cacheFile, JSON.stringify(known));
  return [...found.values()].sort((a, b) => minorOf(a.version) - minorOf(b.version));
}

/** Those to which every user of this machine has a way. */
export async function reachableByAll(interpreters: readonly Interpreter[]): Promise<Interpreter[]> {
  const reached = await Promise.all(interpreters.map(({ path }) => isReachable(path)));
  return interpreters.filter((_interpreter, index) => reached[index]);
}

async function isReachable(path: string): Promise<boolean> {
  for (let place = await realpath(path); place !== '/'; place = dirname(place)) {
    if (((await stat(place)).mode & 0o001) === 0) return false;
  }
  return true;
}

const minorOf = (version: string): number => Number(version.split('.')[1]);

async function candidates(named: readonly string[]): Promise<string[]> {
  const onPath = names.map((name) => Bun.which(name) ?? '');
  const usual = ['/usr/bin', '/usr/local/bin'].flatMap((folder) => names.map((name) => join(folder, name)));
  const versions = join(homedir(), '.pyenv', 'versions');
  const own = (await readdir(versions).catch(() => [])).map((name) => join(versions, name, 'bin', 'python3'));
  // A shim is a shell script that looks for the real one; the real one is found by itself.
  const paths = [...named, ...usual, ...onPath, ...own].filter((path) => path && !path.includes('/shims/'));
  const real = await Promise.all(paths.map((path) => realpath(path).catch(() => '')));
  const seen = new Set<string>();
  return paths.filter((_path, index) => {
    const target = real[index];
    if (!target || seen.has(target)) return false;
    seen.add(target);
    return true;
  });
}

async function identity(path: string): Promise<string | null> {
  // What cannot be looked at cannot be started either.
  const status = await stat(path).catch((error: unknown) => ({
    error,
    isFile: () => false,
    size: 0,
    mtimeMs: 0,
  }));
  return status.isFile() ? `${path}:${status.size}:${status.mtimeMs}` : null;
}

async function ask(path: string, environment: Record<string, string>): Promise<Interpreter | null> {
  const child = Bun.spawn([path, '-I', '-c', question], {
    env: environment,
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'ignore',
    timeout: 10_000,
    killSignal: 'SIGKILL',
  });
  const text = await new Response(child.stdout).text();
  if ((await child.exited) !== 0) return null;
  const answer = parse(text);
  if (!Value.Check(answerSchema, answer)) return null;
  const [name, major, minor, executable, prefix, basePrefix] = answer;
  if (name !== 'cpython' || major !== 3 || !minors.includes(minor)) return null;
  const real = await realpath(executable);
  const folders = [prefix, basePrefix, dirname(dirname(real))];
  return { version: `${major}.${minor}`, path: executable, folders: outermost(folders.filter(isOutside)) };
}

/** What the sandbox shows of the system anyway needs no place of its own. */
const isOutside = (folder: string): boolean =>
  folder !== '/' && !/^\/(usr|bin|sbin|lib\w*)(\/|$)/.test(folder);

const outermost = (folders: string[]): string[] =>
  [...new Set(folders)].filter((folder) => !folders.some((other) => folder.startsWith(`${other}/`)));

async function readCache(file: string): Promise<Cache> {
  const cached = parse(await readFile(file, 'utf8').catch(() => '{}'));
  return Value.Check(cacheSchema, cached) ? cached : {};
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
