// The supervisor as the first process of a pod, here as a process of its own: monitors come and go, the run goes on.
import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type LineQueue, lineQueue } from '#src/adapters/local/line-queue.ts';
import { cleanEnvironment } from '#src/adapters/local/sandbox.ts';
import { type Monitor, mebibytes, monitorOf, outcomeOf } from './monitor.ts';
import { oldestAndNewest } from './pythons.ts';

const main = join(import.meta.dir, '../../../src/adapters/local/supervisor/main.py');
const [python] = (await oldestAndNewest()).slice(-1);

interface Started {
  ready: Record<string, unknown>;
  monitor: Monitor;
  /** As when whoever held its input is gone for good. */
  hangUp(): void;
  terminate(): void;
  ended: Promise<number>;
}

let workdir = '';
const running = new Set<() => void>();
beforeEach(async () => {
  workdir = await mkdtemp(join(tmpdir(), 'greenroom-pod-'));
  await mkdir(join(workdir, 'tmp'));
});
afterEach(async () => {
  for (const end of running) end();
  running.clear();
  await rm(workdir, { recursive: true, force: true });
});

async function start(settings: readonly string[] = []): Promise<Started> {
  if (python === undefined) throw new Error('no Python here');
  const places = [`workdir=${workdir}`, `temporary=${workdir}/tmp`, `parent=${process.pid}`];
  const command = [python.path, '-B', '-u', '-s', '-X', 'utf8', main, 'mode=pod', ...places, ...settings];
  const child = Bun.spawn(command, {
    cwd: '/',
    env: cleanEnvironment,
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'inherit',
  });
  running.add(() => child.kill('SIGKILL'));
  const output = lineQueue(mebibytes(8));
  const lines = output.attach().lines[Symbol.asyncIterator]();
  void pump(child.stdout, output);
  const first = await lines.next();
  const monitor = monitorOf({
    lines: () => ({ [Symbol.asyncIterator]: () => lines }),
    write: async (text) => {
      child.stdin.write(text);
      await child.stdin.flush();
    },
    close: () => undefined,
  });
  return {
    ready: JSON.parse(first.value ?? 'null').ready,
    monitor,
    hangUp: () => void child.stdin.end(),
    terminate: () => child.kill('SIGTERM'),
    ended: child.exited,
  };
}

async function pump(stream: ReadableStream<Uint8Array>, output: LineQueue): Promise<void> {
  for await (const chunk of stream) output.push(chunk);
  output.end();
}

describe('a supervisor in a pod', () => {
  test('says in its first line what it found around it', async () => {
    const { ready } = await start();
    expect(ready).toMatchObject({ mode: 'pod', own_users: false, counted: false });
  });

  test('ends with the end of its input while it has no job: nobody could give it one', async () => {
    const { hangUp, ended } = await start();
    hangUp();
    expect(await ended).toBe(0);
  });

  test('goes on when its input ends in mid-run, and tells the end to whoever listens', async () => {
    const { monitor, hangUp, ended } = await start(['farewell_ms=200']);
    const gate = join(workdir, 'gate');
    await monitor.begin({
      script: `import os, time\nprint('in', flush=True)\n${waitFor(gate)}\nprint('out')`,
    });
    await monitor.until(({ data }) => data.toString().endsWith('\n'));
    hangUp();
    await Bun.write(gate, '');
    const { stdout, exit } = await monitor.finish({ acknowledge: false });
    expect(stdout.toString()).toBe('in\nout\n');
    expect(exit).toMatchObject({ cause: 'exited', exit_code: 0 });
    expect(await ended).toBe(0);
  });

  test('tells a monitor that comes later everything that was not acknowledged', async () => {
    const { monitor: first } = await start();
    await first.begin({ script: "print('one'); print(input())", stdin: 'open' });
    await first.until(({ data }) => data.toString().endsWith('\n'));
    // A torn line is the last of the first monitor; whoever follows numbers its commands anew.
    await first.say({ input: { number: 1, data: 'eA==' } }, { torn: true });
    await first.say({ resend: 0 }, { number: 1 });
    await first.input(1, 'two\n', true);
    const again = await first.finish();
    expect(again.stdout.toString()).toBe('one\ntwo\n');
    expect(outcomeOf(again.frames).exit).toMatchObject({ cause: 'exited' });
  });

  test('gives a script its time to end when the pod is deleted', async () => {
    const { monitor, terminate } = await start();
    const script = 'import signal, time\nsignal.signal(15, lambda *_: exit(7))\nprint("on")\ntime.sleep(60)';
    await monitor.begin({ script });
    await monitor.until(({ data }) => data.toString().endsWith('\n'));
    terminate();
    expect((await monitor.finish()).exit).toMatchObject({ cause: 'stopped', exit_code: 7 });
  });

  test('waits in vain no longer than it was told, once nobody reads', async () => {
    const { monitor, hangUp, ended } = await start([
      'pause_ms=100',
      'farewell_ms=100',
      'unacknowledged_bytes=150000',
    ]);
    await monitor.begin({ script: "while True: print('x' * 1000)" });
    await monitor.until(({ channel }) => channel === 'stdout');
    hangUp();
    const { exit } = await monitor.finish({ acknowledge: false });
    expect(exit).toMatchObject({ cause: 'no_reader' });
    expect(await ended).toBe(0);
  });
});

const waitFor = (path: string): string =>
  `while not os.path.exists(${JSON.stringify(path)}): time.sleep(0.01)`;
