// `npm test`: installs what the tests need, then runs everything on the embedded engines.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { bun, prepare, run, stop } from './toolchain.mjs';

prepare();
ensureChromium();
process.exit(run(bun, ['scripts/run-steps.ts', 'test'], { stdio: 'inherit' }).status ?? 1);

function ensureChromium() {
  if (existsSync('/usr/bin/chromium')) return;
  if (process.getuid?.() !== 0 || spawnSync('apt-get', ['--version']).status !== 0) {
    stop('the browser tests need Chromium at /usr/bin/chromium; install the package "chromium"');
  }
  process.stdout.write('Installing Chromium\n');
  const apt = (...args) =>
    run('apt-get', args, { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });
  // A stale package list is the usual cause of a failed installation: refresh it and try once more.
  const install = () => apt('install', '-y', '-qq', '--no-install-recommends', 'chromium').status === 0;
  if (!install() && (apt('update', '-qq').status !== 0 || !install()))
    stop('Chromium could not be installed');
}
