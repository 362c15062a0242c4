import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { readExitFrame } from '#actors/pod-monitor/exit-frame.ts';
import { jobOf } from '#actors/pod-monitor/job.ts';
import { nonceOf } from '#actors/pod-monitor/nonce.ts';
import { limitThatEnded, unstartable } from '#actors/pod-monitor/pod-end.ts';
import { dueNow, isStopDue } from '#actors/pod-monitor/speech.ts';
import { decodeLine, encodeCommand } from '#actors/pod-monitor/wire.ts';
import type { PodStatus } from '#src/ports/pods.ts';
import { cleanExit, runInput } from './stage.ts';
import { decodeCommand, frameLine, receivedLine } from './supervisor-lines.ts';

const bytes = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

describe('lines to the supervisor', () => {
  test('each begins with a newline of its own and is ASCII, whatever a user wrote', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' })), (env) => {
        const job = jobOf({ ...runInput, env, args: Object.values(env) }, 'n');
        const text = encodeCommand(7, { job });
        expect(text).toMatch(/^\n[ -~]+\n$/);
        expect(decodeCommand(text.trim())).toEqual({
          number: 7,
          command: { job: JSON.parse(JSON.stringify(job)) },
        });
      }),
      { numRuns: 50 },
    );
  });

  test('the checksum is that of the number, a space and the JSON', () => {
    expect(encodeCommand(1, { acknowledge: 4 })).toBe('\n1 7f8da0a0 {"acknowledge":4}\n');
  });
});

describe('lines from the supervisor', () => {
  test('a frame and an answer are understood', () => {
    expect(decodeLine('abc', frameLine('abc', 3, 'stdout', 'hi\n'))).toEqual({
      kind: 'frame',
      number: 3,
      channel: 'stdout',
      data: new TextEncoder().encode('hi\n'),
    });
    expect(decodeLine('abc', frameLine('abc', 0, 'started', ''))).toMatchObject({ data: new Uint8Array() });
    expect(decodeLine('abc', receivedLine('abc', 12))).toEqual({ kind: 'received', number: 12 });
  });

  test('a line with one character changed, cut or added is noise', () => {
    const line = frameLine('abc', 3, 'stdout', 'hello world');
    for (let at = 0; at < line.length; at += 1) {
      const other = line[at] === 'x' ? 'y' : 'x';
      expect(decodeLine('abc', line.slice(0, at) + other + line.slice(at + 1)).kind).toBe('noise');
      expect(decodeLine('abc', line.slice(0, at)).kind).toBe('noise');
      expect(decodeLine('abc', line.slice(0, at) + line.slice(at + 1)).kind).toBe('noise');
    }
  });

  test("another attempt's line is noise", () => {
    expect(decodeLine('abc', frameLine('abd', 3, 'stdout', 'x')).kind).toBe('noise');
  });

  test('the nonce is known to who knows the secret, and differs between attempts', () => {
    expect(nonceOf('s', 'run', 1)).toBe(nonceOf('s', 'run', 1));
    expect(new Set([nonceOf('s', 'run', 1), nonceOf('s', 'run', 2), nonceOf('t', 'run', 1)]).size).toBe(3);
    expect(nonceOf('key', 'a', 1)).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe('the exit frame', () => {
  test('a full account is read', () => {
    expect(readExitFrame(bytes({ ...cleanExit, cause: 'signaled', exit_code: null, signal: 9 }))).toEqual({
      cause: 'signaled',
      exitCode: null,
      signal: 9,
      usage: { wallMs: 12.5, cpuMs: 9, memoryPeakBytes: 9_000_000 },
      stdoutBytes: 6,
      stderrBytes: 0,
      truncated: false,
      detail: null,
    });
  });

  test.each([
    ['an unknown cause', { cause: 'bored' }],
    ['a text for a number', { wall_ms: '12' }],
    ['a negative amount', { cpu_ms: -1 }],
    ['a broken number of bytes', { stdout_bytes: 1.5 }],
    ['a text for a truth', { truncated: 'yes' }],
    ['a number for a detail', { detail: 4 }],
  ])('%s makes it no account', (_, change) => {
    expect(readExitFrame(bytes({ ...cleanExit, ...change }))).toBeNull();
  });

  test('what is no object is no account', () => {
    expect(readExitFrame(new TextEncoder().encode('{'))).toBeNull();
    expect(readExitFrame(bytes([cleanExit]))).toBeNull();
    expect(readExitFrame(bytes(null))).toBeNull();
  });
});

test('the job holds the script as its main file, and a busy loop meets its wall time first', () => {
  const job = jobOf({ ...runInput, stdin: 'given', files: [{ path: 'a/b.txt', base64: 'eA==' }] }, 'n');
  expect(job.files).toEqual([
    { path: 'a/b.txt', data: 'eA==' },
    { path: 'main.py', data: Buffer.from('print("hello")').toString('base64') },
  ]);
  expect(job).toMatchObject({ kind: 'python', main: 'main.py', stdin: 'open', nonce: 'n' });
  expect(job.limits.cpu_ms).toBeGreaterThan(job.limits.wall_ms);
});

describe('what a monitor says and when', () => {
  const heard = { next: 0, stored: -1, misses: false, isTakeover: false, isDeleted: false };
  const never = { job: null, resend: null, stop: null, anything: 0 };
  test('the job first, and again each two seconds until frame 0 was heard', () => {
    expect(dueNow(heard, never, 0)).toEqual(['job']);
    expect(dueNow(heard, { ...never, job: 0 }, 1_999)).toEqual([]);
    expect(dueNow(heard, { ...never, job: 0 }, 2_000)).toEqual(['job', 'resend']);
    expect(dueNow({ ...heard, next: 1 }, { ...never, job: 0 }, 9_000)).toEqual([]);
  });
  test('who takes a pod over asks for what is missing, and never gives the job again', () => {
    expect(dueNow({ ...heard, next: 4, stored: 3, isTakeover: true }, never, 0)).toEqual(['resend']);
  });
  test('no job any more to a deleted attempt, but the question whether it has begun', () => {
    expect(dueNow({ ...heard, isDeleted: true }, { ...never, job: 0 }, 2_000)).toEqual(['resend']);
    expect(dueNow({ ...heard, isDeleted: true }, never, 0)).toEqual(['resend']);
    expect(dueNow({ ...heard, isDeleted: true, next: 1 }, { ...never, job: 0 }, 9_000)).toEqual([]);
  });
  test('a missing frame is asked for once a second', () => {
    const misses = { ...heard, next: 4, stored: 3, misses: true };
    expect(dueNow(misses, { ...never, job: 0 }, 10)).toEqual(['resend']);
    expect(dueNow(misses, { ...never, job: 0, resend: 10 }, 500)).toEqual([]);
    expect(dueNow(misses, { ...never, job: 0, resend: 10 }, 1_010)).toEqual(['resend']);
  });
  test('a stop again after a while, and at once without grace', () => {
    expect(isStopDue({ stop: null }, 500, 0)).toBe(true);
    expect(isStopDue({ stop: { at: 0, graceMs: 500 } }, 500, 4_999)).toBe(false);
    expect(isStopDue({ stop: { at: 0, graceMs: 500 } }, 0, 1)).toBe(true);
    expect(isStopDue({ stop: { at: 0, graceMs: 0 } }, 0, 5_000)).toBe(true);
  });
  test('a sign of life comes well before a supervisor gives its owner up', () => {
    const quiet = { ...heard, next: 1, stored: 0 };
    expect(dueNow(quiet, { ...never, job: 0, anything: 0 }, 14_000)).toEqual([]);
    expect(dueNow(quiet, { ...never, job: 0, anything: 0 }, 15_000)).toEqual(['acknowledge']);
  });
});

describe("the cluster's words", () => {
  const pod: PodStatus = {
    name: 'p',
    uid: 'u',
    key: 'run:1',
    runtime: runInput.runtime,
    phase: 'pending',
    reason: null,
    message: null,
    createdAt: 0,
    nodeName: null,
    terminating: false,
  };
  test('an end by a limit is told from a loss by the platform', () => {
    expect(limitThatEnded({ reason: 'OOMKilled', message: null })).toBe('out_of_memory');
    expect(limitThatEnded({ reason: 'DeadlineExceeded', message: null })).toBe('timed_out');
    const ownDisk = 'Usage of EmptyDir volume "work" exceeds the limit "16Mi".';
    expect(limitThatEnded({ reason: 'Evicted', message: ownDisk })).toBe('disk_full');
    const node = 'The node was low on resource: ephemeral-storage.';
    expect(limitThatEnded({ reason: 'Evicted', message: node })).toBeNull();
    expect(limitThatEnded({ reason: null, message: null })).toBeNull();
  });
  test('an image that cannot be pulled is no passing trouble, a full cluster is', () => {
    const pull = { ...pod, reason: 'ImagePullBackOff', message: 'no such image' };
    expect(unstartable(pull, 9_000)).toBeNull();
    expect(unstartable(pull, 10_000)).toEqual({ words: 'ImagePullBackOff: no such image', retryable: false });
    expect(unstartable({ ...pod, reason: 'Unschedulable' }, 30_000)).toMatchObject({ retryable: true });
    expect(unstartable(pod, 299_000)).toBeNull();
    expect(unstartable(pod, 300_000)).toMatchObject({ retryable: true });
    expect(unstartable({ ...pull, phase: 'running' }, 900_000)).toBeNull();
  });
});
