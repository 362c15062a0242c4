// `npm start`: from a bare Linux to the running product.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { bun, isOlder, prepare, root, run, stop } from './toolchain.mjs';

const binary = join(root, 'dist', 'greenroom');

requirePython();
prepare();
if (isOlder(binary, sources())) {
  process.stdout.write('Building\n');
  if (run(bun, ['run', 'scripts/build.ts']).status !== 0) stop('the build failed');
}
serve();

function requirePython() {
  const asked = spawnSync('python3', ['-c', 'import sys; print(sys.version_info >= (3, 8))'], {
    encoding: 'utf8',
  });
  if (asked.status !== 0) stop('python3 (3.8 or later) is needed to run scripts; install it and start again');
  if (asked.stdout.trim() !== 'True') stop('python3 must be 3.8 or later');
}

function sources() {
  const folders = ['src', 'actors', 'machines', 'web', 'scripts'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.parentPath.includes(join('web', 'dist')))
      .map((entry) => join(entry.parentPath, entry.name)),
  );
  return [...folders, join(root, 'package.json'), join(root, 'bun.lock')].filter((path) => existsSync(path));
}

function serve() {
  const server = spawn(binary, ['serve', ...process.argv.slice(2)], { cwd: root, stdio: 'inherit' });
  // The terminal sends Ctrl-C to both of us; the server decides when it is done.
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => server.kill(signal));
  server.on('exit', (code, signal) => process.exit(code ?? (signal === null ? 1 : 0)));
}
