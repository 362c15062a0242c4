// Runs the journeys and prints, as its last line, `N passed, N failed, N skipped`.
import { rm } from 'node:fs/promises';
import { resolve } from 'node:path';

interface Report {
  stats: { expected: number; unexpected: number; flaky: number; skipped: number };
}

const root = resolve(import.meta.dir, '..', '..');
const report = resolve(root, '.cache', 'e2e.json');

await rm(report, { force: true });
const playwright = Bun.spawn(
  [
    process.execPath,
    'node_modules/@playwright/test/cli.js',
    'test',
    '-c',
    'tests/e2e/playwright.config.ts',
    ...Bun.argv.slice(2),
  ],
  { cwd: root, stdin: 'ignore', stdout: 'inherit', stderr: 'inherit' },
);
const code = await playwright.exited;

const { expected, unexpected, flaky, skipped } = await statistics();
// A journey that passes only at the second try has failed.
process.stdout.write(`${expected} passed, ${unexpected + flaky} failed, ${skipped} skipped\n`);
process.exitCode = code === 0 && expected > 0 ? 0 : 1;

async function statistics(): Promise<Report['stats']> {
  const file = Bun.file(report);
  // Without a report not even the beginning worked, and that is a failure.
  if (!(await file.exists())) return { expected: 0, unexpected: 1, flaky: 0, skipped: 0 };
  const { stats } = (await file.json()) as Report;
  return stats;
}
