// The simulated supervisor keeps the protocol of docs/supervisor-protocol.md; what the monitor learns of it here it can
// rely on there.
import { describe, expect, test } from 'bun:test';
import { createVirtualTime } from './virtual-time.ts';
import { type ScriptPlan, scriptOf } from './world/script.ts';
import { createSupervisor } from './world/supervisor.ts';

const quick: ScriptPlan = { lines: 2, gapMs: 10, end: 'exits', lingersMs: 5, artifact: false };

function stage(plan: Partial<ScriptPlan>, stdin: 'closed' | 'open' = 'closed') {
  const time = createVirtualTime();
  const lines: string[] = [];
  const ended: string[] = [];
  const confused: string[] = [];
  const supervisor = createSupervisor({
    time,
    uid: 'u1',
    bootFails: false,
    print: (line) => lines.push(line),
    ended: (reason) => ended.push(reason),
    started: () => undefined,
    confused: (line) => confused.push(line),
  });
  supervisor.boot();
  const main = Buffer.from(scriptOf({ ...quick, ...plan })).toString('base64');
  const limits = { memory_bytes: 1, processes: 1, disk_bytes: 1, output_bytes: 1, artifact_bytes: 1 };
  const job = {
    nonce: 'n0',
    kind: 'python',
    main: 'main.py',
    args: [],
    files: [{ path: 'main.py', data: main }],
    env: {},
    stdin,
    limits: { wall_ms: 1_000, cpu_ms: 1_000, files_open: 9, ...limits },
  };
  let number = 0;
  const say = (command: object): void => supervisor.write(commandLine(++number, command));
  const pass = (forMs: number): void => {
    const end = time.now() + forMs;
    time.after(forMs, () => undefined);
    time.run(() => time.now() >= end);
  };
  /** Number and channel of each frame line, and `received N`, without nonce and checksum. */
  const heard = (): string[] =>
    lines.filter((line) => line.startsWith('n0 ')).map((line) => line.split(' ').slice(1, 3).join(' '));
  return { job, say, pass, heard, lines, ended, confused, supervisor };
}

function commandLine(number: number, command: object): string {
  const json = JSON.stringify(command);
  const check = Bun.hash.crc32(`${number} ${json}`).toString(16).padStart(8, '0');
  return `\n${number} ${check} ${json}\n`;
}

const exitOf = (lines: readonly string[]): unknown => {
  const base64 = lines.find((line) => line.includes(' exit '))?.split(' ')[3] ?? '';
  return JSON.parse(Buffer.from(base64, 'base64').toString());
};

describe('the simulated supervisor', () => {
  test('takes its job once, numbers its frames, and ends when its exit is acknowledged', () => {
    const { job, say, pass, heard, lines, ended } = stage({});
    expect(lines).toHaveLength(1);
    say({ job });
    say({ job });
    pass(100);
    expect(heard()).toEqual(['0 started', 'received 1', 'received 2', '1 stdout', '2 stdout', '3 exit']);
    expect(exitOf(lines)).toMatchObject({
      cause: 'exited',
      exit_code: 0,
      stdout_bytes: 20,
      truncated: false,
    });
    expect(ended).toEqual([]);
    say({ acknowledge: 3 });
    pass(10);
    expect(ended).toEqual(['Completed']);
  });

  test('waits for the acknowledgement of its exit within a bound', () => {
    const { job, say, pass, ended } = stage({});
    say({ job });
    pass(29_000);
    expect(ended).toEqual([]);
    pass(2_000);
    expect(ended).toEqual(['Completed']);
  });

  test('says again what is asked for and not yet acknowledged', () => {
    const { job, say, pass, heard, lines } = stage({});
    say({ job });
    pass(100);
    say({ acknowledge: 1 });
    const before = lines.length;
    say({ resend: 0 });
    expect(heard().slice(before - 1)).toEqual(['2 stdout', '3 exit', 'received 3']);
  });

  test('stands still while too much is not acknowledged, and gives up after a minute', () => {
    const { job, say, pass, heard, lines } = stage({ lines: 20 });
    say({ job });
    pass(5_000);
    expect(heard().at(-1)).toBe('4 stderr');
    say({ acknowledge: 4 });
    pass(35);
    expect(heard().at(-1)).toBe('7 stdout');
    pass(61_000);
    expect(exitOf(lines)).toMatchObject({ cause: 'no_reader' });
  });

  test('ends a script at its wall-clock limit, and at a stop after its grace', () => {
    const late = stage({ end: 'loops', lines: 0 });
    late.say({ job: late.job });
    late.pass(1_100);
    expect(exitOf(late.lines)).toMatchObject({ cause: 'timed_out' });
    const stopped = stage({ end: 'loops', lines: 0, lingersMs: 9_000 });
    stopped.say({ job: stopped.job });
    stopped.say({ stop: { grace_ms: 50 } });
    stopped.pass(40);
    expect(stopped.heard().at(-1)).toBe('received 2');
    stopped.pass(20);
    expect(exitOf(stopped.lines)).toMatchObject({ cause: 'stopped' });
  });

  test('takes input in order, once, and answers what it had before', () => {
    const { job, say, pass, heard, supervisor } = stage({ end: 'reads', lines: 0 }, 'open');
    const data = (text: string): string => Buffer.from(text).toString('base64');
    say({ job });
    say({ input: { number: 2, data: data('b\n'), end: true } });
    say({ input: { number: 1, data: data('a\n'), end: false } });
    say({ input: { number: 1, data: data('a\n'), end: false } });
    say({ input: { number: 2, data: data('b\n'), end: true } });
    pass(50);
    expect(heard().filter((line) => line.startsWith('received'))).toEqual([
      'received 1',
      'received 3',
      'received 4',
      'received 5',
    ]);
    const read = supervisor.frames.filter(({ channel }) => channel === 'stdout');
    expect(read.map((frame) => Buffer.from(frame.data).toString())).toEqual(['read a\n', 'read b\n']);
  });

  test('drops a broken line without an answer, and only that line', () => {
    const { job, say, pass, heard, confused, supervisor } = stage({});
    supervisor.write(commandLine(9, { job }).replace('python', 'pythom').slice(0, -20));
    expect(heard()).toEqual([]);
    say({ job });
    pass(1);
    expect(heard()).toEqual(['0 started', 'received 1']);
    supervisor.write(commandLine(3, { dance: true }));
    expect(confused).toHaveLength(1);
  });
});
