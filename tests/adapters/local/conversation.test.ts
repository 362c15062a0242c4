// The protocol end to end: what a supervisor takes, answers, keeps, says again, and when it gives up.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';

import { until } from '#tests/support/until.ts';
import { type Laboratory, openLaboratory } from './lab.ts';
import { type Monitor, mebibytes, monitorOf, outcomeOf } from './monitor.ts';

describe('a conversation', () => {
  let laboratory: Laboratory;
  beforeAll(async () => {
    laboratory = await openLaboratory();
  });
  afterAll(() => laboratory.close());

  test('begins with frame 0 and ends with the account, numbered without a gap', async () => {
    const { frames, exit } = await laboratory.run({ script: "print('hello')" });
    expect(frames[0]).toMatchObject({ number: 0, channel: 'started' });
    expect(JSON.parse(frames[0]?.data.toString() ?? '')).toHaveProperty('at_monotonic_ms');
    expect(frames.at(-1)?.channel).toBe('exit');
    expect(exit).toMatchObject({
      cause: 'exited',
      exit_code: 0,
      signal: null,
      stdout_bytes: 6,
      stderr_bytes: 0,
    });
    expect(exit?.memory_peak_bytes).toBeGreaterThan(1_000_000);
  });

  test('every byte value comes through, in order, from a script that writes a lot', async () => {
    const script = 'import os\nfor i in range(64): os.write(1, bytes(range(256)) * 256)\nos.write(1, b"end")';
    const { stdout } = await laboratory.run({ script });
    const block = Buffer.from(Array.from({ length: 256 }, (_value, index) => index));
    const expected = Buffer.concat([...Array.from({ length: 64 * 256 }, () => block), Buffer.from('end')]);
    expect(stdout.equals(expected)).toBe(true);
  });

  test('broken, torn, foreign and repeated lines change nothing', async () => {
    const { pod, monitor } = await laboratory.open();
    const script = "print(input()); print('end')";
    await monitor.say({ job: 'not this one' }, { torn: true });
    await monitor.begin({ script, stdin: 'open' });
    await monitor.begin({ script: "print('another job')", stdin: 'open' });
    await monitor.say({ input: { number: 1, data: 'YmFk', end: false } }, { torn: true });
    await monitor.say({ unheard: 1 });
    await monitor.say({ input: { number: 2, data: 'dG9vIGVhcmx5Cg==', end: false } });
    await monitor.input(1, 'once\n');
    await monitor.input(1, 'twice\n');
    const { stdout } = await monitor.finish();
    expect(stdout.toString()).toBe('once\nend\n');
    await laboratory.gone(pod.uid);
  });

  test('a job of a kind that is not known gives no frame at all', async () => {
    const { pod, monitor } = await laboratory.open();
    await monitor.say({ job: { nonce: 'feed07eeb1e54ace', kind: 'cobol', limits: {} } });
    expect((await monitor.finish()).frames).toEqual([]);
    await until(async () => (await laboratory.pods.get(pod.uid))?.phase === 'ended');
    await laboratory.gone(pod.uid);
  });

  test('what was taken is answered by its number, also when it had been taken before', async () => {
    const { pod, monitor } = await laboratory.open();
    const answered: number[] = [];
    await monitor.begin({ script: 'import sys; sys.stdin.read()', stdin: 'open' });
    await monitor.say({ input: { number: 1, data: 'YQ==', end: false } }, { number: 71 });
    await monitor.say({ input: { number: 1, data: 'YQ==', end: false } }, { number: 72 });
    await monitor.say({ input: { number: 3, data: 'YQ==', end: false } }, { number: 73 });
    await monitor.say({ acknowledge: 0 }, { number: 74 });
    await monitor.say({ input: { number: 2, data: '', end: true } }, { number: 75 });
    for (let said = await monitor.next(); said !== null; said = await monitor.next()) {
      if ('received' in said) answered.push(said.received);
      else if (said.channel === 'exit') await monitor.say({ acknowledge: said.number });
    }
    expect(answered.filter((number) => number > 70)).toEqual([71, 72, 74, 75]);
    await laboratory.gone(pod.uid);
  });

  test('a person and a script talk in turns', async () => {
    const { pod, monitor } = await laboratory.open();
    const says = (text: string) => (): boolean =>
      Buffer.concat(monitor.heard.filter((frame) => frame.channel === 'stdout').map((frame) => frame.data))
        .toString()
        .endsWith(text);
    await monitor.begin({
      script: "n = input('name? ')\nprint('hello', n)\nm = input('again? ')\nprint('bye', m)",
      stdin: 'open',
    });
    await monitor.until(says('name? '));
    await monitor.input(1, 'Ada\n');
    await monitor.until(says('again? '));
    await monitor.input(2, 'Bob\n');
    const { stdout } = await monitor.finish();
    expect(stdout.toString()).toBe('name? hello Ada\nagain? bye Bob\n');
    await laboratory.gone(pod.uid);
  });

  test('a new monitor gets every frame that was not acknowledged, in order', async () => {
    const { pod, monitor } = await laboratory.open();
    const script = "for i in range(5):\n    print(i)\n    input()\nprint('done')";
    await monitor.begin({ script, stdin: 'open' });
    await monitor.until((frame) => frame.channel === 'stdout');
    // It reads on but acknowledges no more, and is gone before the end.
    for (const number of [1, 2, 3]) {
      await monitor.input(number, '\n');
      await unacknowledged(monitor);
    }
    const successor = monitorOf(await laboratory.pods.attach(pod.uid));
    await successor.say({ resend: 2 }, { number: 500 });
    await successor.input(4, '\n\n');
    const before = monitor.heard.length;
    // Before what it may have heard itself by now.
    successor.heard.unshift(...monitor.heard);
    const all = await successor.finish();
    expect(successor.heard[before]?.number).toBe(2);
    expect(all.stdout.toString()).toBe('0\n1\n2\n3\n4\ndone\n');
    await laboratory.gone(pod.uid);
  });

  test('a stop lets the script end by itself, and names the cause', async () => {
    const { pod, monitor } = await laboratory.open();
    await monitor.begin({
      script:
        "import signal, sys, time\nsignal.signal(15, lambda *_: sys.exit(9))\nprint('up')\ntime.sleep(30)",
    });
    await monitor.until((frame) => frame.channel === 'stdout');
    await monitor.say({ stop: { grace_ms: 5_000 } });
    const { exit } = await monitor.finish();
    expect(exit).toMatchObject({ cause: 'stopped', exit_code: 9, signal: null });
    await laboratory.gone(pod.uid);
  });

  test('a stop without an ear for it kills after the grace', async () => {
    const { pod, monitor } = await laboratory.open();
    await monitor.begin({
      script: "import signal, time\nsignal.signal(15, signal.SIG_IGN)\nprint('up')\ntime.sleep(30)",
    });
    await monitor.until((frame) => frame.channel === 'stdout');
    await monitor.say({ stop: { grace_ms: 100 } });
    await monitor.say({ stop: { grace_ms: 60_000 } });
    const { exit } = await monitor.finish();
    expect(exit).toMatchObject({ cause: 'stopped', exit_code: null, signal: 9 });
    await laboratory.gone(pod.uid);
  });

  test('the end of the lines ends the run: its owner is gone', async () => {
    const { pod, monitor } = await laboratory.open();
    await monitor.begin({ script: "print('up')\nimport time\ntime.sleep(30)" });
    await monitor.until((frame) => frame.channel === 'stdout');
    await laboratory.pods.delete(pod.uid, { force: true, graceMs: 0 });
    expect((await monitor.finish()).exit).toBeNull();
    expect(await laboratory.pods.get(pod.uid)).toBeNull();
  });

  test('files of the run that do not fit on its disk end it for want of disk', async () => {
    const files = [{ path: 'data/large.bin', data: Buffer.alloc(mebibytes(3), 65).toString('base64') }];
    const { exit, stdout } = await laboratory.run({
      script: "print('never')",
      files,
      limits: { disk_bytes: mebibytes(1) },
    });
    expect(exit).toMatchObject({ cause: 'disk_full' });
    expect(stdout.length).toBe(0);
  });

  test('a file outside the working directory lets no script go, and gives no account of one', async () => {
    const { pod, monitor } = await laboratory.open();
    await monitor.begin({ script: "print('never')", files: [{ path: '../escape', data: 'YQ==' }] });
    expect(await monitor.finish()).toMatchObject({ frames: [], exit: null });
    await until(async () => (await laboratory.pods.get(pod.uid))?.phase === 'ended');
    expect((await laboratory.pods.get(pod.uid))?.message).toContain('outside the working directory');
    await laboratory.gone(pod.uid);
  });
});

/** The next frame, which goes without an answer. */
async function unacknowledged(monitor: Monitor): Promise<void> {
  for (;;) {
    const said = await monitor.next();
    if (said === null) throw new Error('the lines ended');
    if ('channel' in said) return;
  }
}

/** To the end; acknowledges only once it may. */
async function readOn(monitor: Monitor, mayAcknowledge: () => boolean): Promise<void> {
  for (let said = await monitor.next(); said !== null; said = await monitor.next()) {
    if ('received' in said) continue;
    monitor.heard.push(said);
    if (mayAcknowledge()) await Promise.allSettled([monitor.say({ acknowledge: said.number })]);
  }
}

describe('with short bounds', () => {
  let laboratory: Laboratory;
  beforeAll(async () => {
    const supervisorSettings = [
      'pause_ms=900',
      'farewell_ms=200',
      'silence_ms=3000',
      'unacknowledged_bytes=200000',
    ];
    laboratory = await openLaboratory({ supervisorSettings });
  });
  afterAll(() => laboratory.close());

  test('a script whose output nobody acknowledges is ended for want of a reader', async () => {
    const { pod, monitor } = await laboratory.open();
    await monitor.begin({ script: "while True: print('x' * 1000)", limits: { wall_ms: 60_000 } });
    const { exit, stdout } = await monitor.finish({ acknowledge: false });
    expect(exit).toMatchObject({ cause: 'no_reader', signal: 9 });
    // Never more than the bound was kept, base64 and all.
    expect((stdout.length * 4) / 3).toBeLessThan(200_000);
    await laboratory.gone(pod.uid);
  });

  test('the wall clock stands still while nobody reads', async () => {
    const { pod, monitor } = await laboratory.open();
    await monitor.begin({
      script: "import os\nos.write(1, b'x' * 300000)\nprint('end')",
      limits: { wall_ms: 150 },
    });
    const begun = performance.now();
    // Longer than the script's limit, shorter than the bound of the pause.
    const isBack = (): boolean => performance.now() - begun > 300;
    const reading = readOn(monitor, isBack);
    await until(isBack);
    await monitor.say({ acknowledge: monitor.heard.at(-1)?.number ?? -1 });
    await reading;
    const { exit, stdout } = outcomeOf(monitor.heard);
    expect(exit).toMatchObject({ cause: 'exited' });
    expect(stdout.length).toBe(300_004);
    await laboratory.gone(pod.uid);
  });

  test('an account that nobody acknowledges is waited for within a bound', async () => {
    const { pod, monitor } = await laboratory.open();
    await monitor.begin({ script: '' });
    const { exit } = await monitor.finish({ acknowledge: false });
    expect(exit?.cause).toBe('exited');
    await until(async () => (await laboratory.pods.get(pod.uid))?.phase === 'ended');
    await laboratory.gone(pod.uid);
  });

  test('an owner that says nothing at all is taken for gone', async () => {
    const { pod, monitor } = await laboratory.open();
    await monitor.begin({ script: 'import time; time.sleep(60)', limits: { wall_ms: 60_000 } });
    const begun = performance.now();
    const { exit } = await monitor.finish();
    expect(exit).toBeNull();
    expect(performance.now() - begun).toBeGreaterThan(2_000);
    await laboratory.gone(pod.uid);
  });
});
