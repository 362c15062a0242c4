// The local runtime as a place that runs pods, and what it shows beyond that.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { readdir } from 'node:fs/promises';

import { testPods } from '#tests/contract/pods.contract.ts';
import { until } from '#tests/support/until.ts';
import { type Laboratory, openLaboratory } from './lab.ts';
import { monitorOf } from './monitor.ts';
import { isRoot } from './ordinary-user.ts';

testPods('local pods', async () => {
  const laboratory = await openLaboratory({ warmPerRuntime: 1 });
  return { pods: laboratory.pods, spec: laboratory.spec, close: laboratory.close };
});

describe('local pods beyond the contract', () => {
  let laboratory: Laboratory;
  beforeAll(async () => {
    laboratory = await openLaboratory();
  });
  afterAll(() => laboratory.close());

  test('the self-test passed in every point', () => {
    expect(laboratory.selfTest.checks.length).toBeGreaterThan(30);
    expect(laboratory.selfTest.checks.filter((check) => !check.passed)).toEqual([]);
  });

  test('a pod that ended by itself is shown as ended until it is deleted, and its lines can still be read', async () => {
    const { pod, monitor } = await laboratory.open();
    await monitor.begin({ script: "print('hello')" });
    await monitor.until((frame) => frame.channel === 'exit');
    await until(async () => (await laboratory.pods.get(pod.uid))?.phase === 'ended');
    expect(await laboratory.pods.get(pod.uid)).toMatchObject({ reason: 'Completed', terminating: false });
    expect((await monitor.finish()).stdout.toString()).toBe('hello\n');
    await laboratory.pods.delete(pod.uid, { force: false, graceMs: 0 });
    expect(await laboratory.pods.get(pod.uid)).toBeNull();
  });

  test('a deletion with grace lets the script say its last words', async () => {
    const { pod, monitor } = await laboratory.open();
    await monitor.begin({
      script: [
        'import signal, sys, time',
        "signal.signal(signal.SIGTERM, lambda *_: (print('last words'), sys.exit(4)))",
        "print('up')",
        'time.sleep(30)',
      ].join('\n'),
    });
    // Unbuffered, the end of a line is a write of its own.
    await monitor.until((frame) => frame.data.toString().endsWith('\n'));
    await laboratory.pods.delete(pod.uid, { force: false, graceMs: 5_000 });
    const { stdout, exit } = await monitor.finish();
    expect(stdout.toString()).toBe('up\nlast words\n');
    expect(exit).toMatchObject({ cause: 'stopped', exit_code: 4 });
    await until(async () => (await laboratory.pods.get(pod.uid)) === null);
  });

  test('a deaf script is gone once the grace is over', async () => {
    const { pod, monitor } = await laboratory.open();
    await monitor.begin({
      script: "import signal, time\nsignal.signal(15, signal.SIG_IGN)\nprint('up')\ntime.sleep(30)",
    });
    await monitor.until((frame) => frame.channel === 'stdout');
    await laboratory.pods.delete(pod.uid, { force: false, graceMs: 150 });
    await until(async () => (await laboratory.pods.get(pod.uid)) === null, 3_000);
  });

  test('every version that is offered runs a script as that version', async () => {
    for (const { version } of await laboratory.pods.runtimes()) {
      const other = { ...laboratory.spec, runtime: { language: 'python', version } };
      const pod = await laboratory.pods.create(`version-${version}`, `v${version}:1`, other);
      const monitor = monitorOf(await laboratory.pods.attach(pod.uid));
      await monitor.begin({ script: "import sys; print('%d.%d' % sys.version_info[:2])" });
      const { stdout, stderr } = await monitor.finish();
      expect(stderr.toString()).toBe('');
      expect(stdout.toString()).toBe(`${version}\n`);
      await laboratory.gone(pod.uid);
    }
  }, 60_000);

  test('two sandboxes are two users of the host, neither of them root', async () => {
    if (!isRoot) return;
    const pods = await Promise.all([laboratory.open(), laboratory.open()]);
    await Promise.all(
      pods.map(({ pod }) => until(async () => (await laboratory.pods.get(pod.uid))?.phase === 'running')),
    );
    const users = await Promise.all((await sandboxProcesses(laboratory.folder)).map(userOf));
    expect(users.length).toBeGreaterThanOrEqual(4);
    expect(new Set(users).size).toBeGreaterThanOrEqual(2);
    expect(users.every((user) => user >= 20_000)).toBe(true);
    await Promise.all(pods.map(({ pod }) => laboratory.gone(pod.uid)));
    expect(await sandboxProcesses(laboratory.folder)).toEqual([]);
  });
});

async function sandboxProcesses(folder: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(pids.map((pid) => textOf(`/proc/${pid}/cmdline`)));
  return pids.filter((_pid, index) => lines[index]?.includes(`${folder}/supervisor-`)).map(Number);
}

const textOf = (path: string): Promise<string> =>
  Bun.file(path)
    .text()
    .catch(() => '');

async function userOf(pid: number): Promise<number> {
  const status = await textOf(`/proc/${pid}/status`);
  return Number(/^Uid:\t(\d+)/m.exec(status)?.[1] ?? -1);
}
