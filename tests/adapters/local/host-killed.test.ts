// The owner dies without a word: nothing that it hosted outlives it, and what it left of its groups is cleared at the next start.
import { afterEach, beforeEach, expect, test } from 'bun:test';
import { mkdtemp, readdir, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { openGroups } from '#src/adapters/local/groups.ts';

import { until } from '#tests/support/until.ts';
import { openLaboratory } from './lab.ts';

let folder = '';
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'greenroom-host-')));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('killing the host with -9 leaves no process of its sandboxes', async () => {
  const host = Bun.spawn([process.execPath, join(import.meta.dir, 'host-program.ts'), folder], {
    env: { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: folder },
    stdout: 'pipe',
    stderr: 'inherit',
  });
  const { value } = await host.stdout.getReader().read();
  expect(Buffer.from(value ?? []).toString()).toBe('hosting\n');
  // Outside, first inside, script and its child: of each of the two.
  expect((await ofSandboxes()).length).toBeGreaterThanOrEqual(8);
  host.kill('SIGKILL');
  await host.exited;
  await until(async () => (await ofSandboxes()).length === 0, 5_000);
  const next = await openLaboratory({ folder });
  expect(await next.pods.list()).toEqual([]);
  await next.close();
});

test('what still runs in a group of ours at the start is killed and the group removed', async () => {
  const installation = new Bun.CryptoHasher('sha256').update(folder).digest('hex').slice(0, 12);
  const groups = await openGroups(installation);
  if (!groups) return;
  const group = await groups.create('left-over', { memoryBytes: 1e8, processesMax: 8, cpuMillis: 500 });
  const sleeper = Bun.spawn(
    [
      'sh',
      '-c',
      `for g in ${group.joins.join(' ')}; do echo $$ > $g/cgroup.procs; done; echo in; exec sleep 600`,
    ],
    { stdout: 'pipe' },
  );
  await sleeper.stdout.getReader().read();
  const next = await openLaboratory({ folder });
  expect(await sleeper.exited).not.toBe(0);
  await next.close();
  const after = await openGroups(installation);
  expect(await after?.sweep()).toBe(0);
  await after?.close();
});

async function ofSandboxes(): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(
    pids.map((pid) =>
      Bun.file(`/proc/${pid}/cmdline`)
        .text()
        .catch(() => ''),
    ),
  );
  return pids.filter((_pid, index) => lines[index]?.includes(`${folder}/supervisor-`));
}
