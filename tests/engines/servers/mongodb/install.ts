// The server's jars, from Maven, and our classes on top of them: made once for each state of the sources, then reused.
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { enginesFolder } from '../server-process.ts';

const sources = join(import.meta.dir, 'src');
const project = join(import.meta.dir, 'pom.xml');

/** @returns the class path. Safe when several install at once: the first to finish is kept. */
export async function installMongoDb(): Promise<string> {
  const files = (await readdir(sources)).sort().map((name) => join(sources, name));
  const folder = join(enginesFolder, `mongodb-${await digestOf([project, ...files])}`);
  const classPath = `${join(folder, 'classes')}:${join(folder, 'jars')}/*`;
  if (await Bun.file(join(folder, 'complete')).exists()) return classPath;
  for (const tool of ['java', 'javac', 'mvn']) {
    if (Bun.which(tool) === null)
      throw new Error(`the MongoDB test server needs Java 17 and Maven: no ${tool}`);
  }
  await mkdir(enginesFolder, { recursive: true });
  const making = await mkdtemp(join(enginesFolder, 'mongodb-install-'));
  try {
    const jars = join(making, 'jars');
    const resolve = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${jars}`];
    await run(['mvn', '-B', '-ntp', '-q', '-f', project, ...resolve]);
    await run(['javac', '-proc:none', '-cp', `${jars}/*`, '-d', join(making, 'classes'), ...files]);
    await Bun.write(join(making, 'complete'), '');
    await rename(making, folder).catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOTEMPTY') return;
      throw error;
    });
  } finally {
    await rm(making, { recursive: true, force: true });
  }
  return classPath;
}

async function digestOf(paths: readonly string[]): Promise<string> {
  const hash = new Bun.CryptoHasher('sha256');
  for (const path of paths) hash.update(await Bun.file(path).bytes());
  return hash.digest('hex').slice(0, 16);
}

async function run(command: readonly string[]): Promise<void> {
  const child = Bun.spawn([...command], { stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' });
  const [words, errors] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  if ((await child.exited) !== 0) throw new Error(`${command[0]} failed:\n${(words + errors).slice(-2_000)}`);
}
