// What every command needs before Bun is there: plain Node, no dependency. Fetches Bun through npm into .tools and installs
// the locked packages. Never touches anything outside the checkout but the package managers' own caches.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { arch } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bunVersion = '1.4.5';
const tools = join(root, '.tools');
export const bun = join(tools, 'node_modules', '.bin', 'bun');

/** Ends the process with a sentence; nothing was left half done that a second try would not mend. */
export function stop(sentence) {
  process.stderr.write(`greenroom: ${sentence}\n`);
  process.exit(1);
}

export function run(command, args, options = {}) {
  return spawnSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], ...options });
}

/** Bun in .tools and the locked packages in node_modules; quick when both are there. */
export function prepare() {
  requireNode();
  ensureBun();
  ensurePackages();
}

function requireNode() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < 20) stop(`Node 20 or later is needed; this is ${process.versions.node}`);
  if (process.platform !== 'linux') stop('Greenroom runs on Linux');
}

function ensureBun() {
  if (bunAnswers()) return;
  mkdirSync(tools, { recursive: true });
  // npm asks which packages may run their install scripts; Bun's puts its binary in place.
  writeFileSync(
    join(tools, 'package.json'),
    `${JSON.stringify({ private: true, allowScripts: { bun: true } })}\n`,
  );
  process.stdout.write(`Fetching Bun ${bunVersion} into .tools\n`);
  const install = (name) =>
    run('npm', [
      'install',
      '--prefix',
      tools,
      '--no-audit',
      '--no-fund',
      '--loglevel=error',
      `${name}@${bunVersion}`,
    ]);
  if (install('bun').status === 0 && bunAnswers()) return;
  // Where install scripts are switched off, the platform's own package holds the binary.
  const platform = `@oven/bun-linux-${arch() === 'arm64' ? 'aarch64' : 'x64'}`;
  if (install(platform).status !== 0)
    stop('Bun could not be fetched through npm; is the package registry reachable?');
  for (const name of ['bun', 'bunx']) {
    const link = join(tools, 'node_modules', '.bin', name);
    mkdirSync(dirname(link), { recursive: true });
    if (!existsSync(link)) symlinkSync(join(tools, 'node_modules', platform, 'bin', 'bun'), link);
  }
  if (!bunAnswers()) stop('Bun was fetched but does not run on this machine');
}

function bunAnswers() {
  if (!existsSync(bun)) return false;
  const answer = spawnSync(bun, ['--version'], { encoding: 'utf8' });
  return answer.status === 0 && answer.stdout.trim() === bunVersion;
}

function ensurePackages() {
  const stamp = join(root, 'node_modules', '.greenroom-lock');
  const lock = join(root, 'bun.lock');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === readFileSync(lock, 'utf8')) return;
  process.stdout.write('Installing the locked packages\n');
  const installed = run(bun, ['install', '--frozen-lockfile'], {
    env: { ...process.env, PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD: '1' },
  });
  if (installed.status !== 0) stop('the packages could not be installed');
  writeFileSync(stamp, readFileSync(lock, 'utf8'));
}

/** Whether any of these files is newer than the target. */
export function isOlder(target, sources) {
  if (!existsSync(target)) return true;
  const built = statSync(target).mtimeMs;
  return sources.some((source) => existsSync(source) && statSync(source).mtimeMs > built);
}
