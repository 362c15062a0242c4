// A monitor in small, for tests: says a job, acknowledges, gathers what comes back. Checks every line that it reads.
import { expect } from 'bun:test';

import type { PodChannel } from '#src/ports/pods.ts';

export interface TestJob {
  script: string | Uint8Array;
  nonce?: string;
  args?: string[];
  files?: { path: string; data: string }[];
  env?: Record<string, string>;
  stdin?: 'closed' | 'open';
  limits?: Partial<Record<string, number>>;
}

export interface Account {
  cause: string;
  exit_code: number | null;
  signal: number | null;
  wall_ms: number;
  cpu_ms: number;
  memory_peak_bytes: number;
  stdout_bytes: number;
  stderr_bytes: number;
  truncated: boolean;
  detail: string | null;
}

export interface Frame {
  number: number;
  channel: string;
  data: Buffer;
}

export interface Outcome {
  frames: Frame[];
  stdout: Buffer;
  stderr: Buffer;
  artifacts: { name: string; data: Buffer }[];
  /** Null when the lines ended without an exit frame. */
  exit: Account | null;
}

export interface Monitor {
  say(command: unknown, how?: { number?: number; torn?: boolean }): Promise<number>;
  begin(job: TestJob): Promise<void>;
  input(number: number, text: string, end?: boolean): Promise<number>;
  /** The next frame or answer; null at the end. */
  next(): Promise<Frame | { received: number } | null>;
  /** Reads until a frame fits. Acknowledges what it passes. */
  until(fits: (frame: Frame) => boolean): Promise<Frame>;
  /** Reads to the end, acknowledging. */
  finish(options?: { acknowledge?: boolean }): Promise<Outcome>;
  heard: Frame[];
}

export const mebibytes = (count: number): number => count * 1024 * 1024;

export const defaultJobLimits = {
  wall_ms: 10_000,
  cpu_ms: 20_000,
  memory_bytes: mebibytes(128),
  processes: 64,
  disk_bytes: mebibytes(16),
  output_bytes: mebibytes(8),
  artifact_bytes: mebibytes(8),
  files_open: 256,
};

const checksum = (text: string | Buffer): string => Bun.hash.crc32(text).toString(16).padStart(8, '0');

export function monitorOf(channel: PodChannel, nonce = 'feed07eeb1e54ace'): Monitor {
  let commands = 0;
  const heard: Frame[] = [];
  const lines = channel.lines()[Symbol.asyncIterator]();
  const monitor: Monitor = {
    heard,
    async say(command, { number = ++commands, torn = false } = {}) {
      const json = JSON.stringify(command);
      const line = `\n${number} ${checksum(`${number} ${json}`)} ${json}\n`;
      await channel.write(torn ? line.slice(0, Math.floor(line.length / 2)) : line);
      return number;
    },
    async begin({ script, args = [], files = [], env = {}, stdin = 'closed', limits = {} }) {
      const main = { path: 'main.py', data: Buffer.from(script).toString('base64') };
      await monitor.say({
        job: {
          nonce,
          kind: 'python',
          main: 'main.py',
          args,
          files: [...files, main],
          env,
          stdin,
          limits: { ...defaultJobLimits, ...limits },
        },
      });
    },
    input: (number, text, end = false) =>
      monitor.say({ input: { number, data: Buffer.from(text).toString('base64'), end } }),
    async next() {
      const { value, done } = await lines.next();
      if (done) return null;
      return parse(nonce, value);
    },
    async until(fits) {
      for (;;) {
        const said = await monitor.next();
        if (said === null) throw new Error('the lines ended before the frame that was waited for');
        if ('received' in said) continue;
        heard.push(said);
        await acknowledge(monitor, said);
        if (fits(said)) return said;
      }
    },
    async finish({ acknowledge: acknowledges = true } = {}) {
      for (;;) {
        const said = await monitor.next();
        if (said === null) return outcomeOf(heard);
        if ('received' in said) continue;
        heard.push(said);
        if (acknowledges) await acknowledge(monitor, said);
      }
    },
  };
  return monitor;
}

/** The supervisor may be gone already: then nobody needs to hear it. */
async function acknowledge(monitor: Monitor, frame: Frame): Promise<void> {
  await Promise.allSettled([monitor.say({ acknowledge: frame.number })]);
}

function parse(nonce: string, line: string): Frame | { received: number } {
  const [prefix, ...words] = line.split(' ');
  expect(prefix).toBe(nonce);
  const check = words.pop();
  expect(check).toBe(checksum(words.join(' ')));
  const [first = '', second = '', third = ''] = words;
  if (first === 'received') return { received: Number(second) };
  expect(words.length).toBe(3);
  return {
    number: Number(first),
    channel: second,
    data: third === '-' ? Buffer.alloc(0) : Buffer.from(third, 'base64'),
  };
}

export function outcomeOf(frames: Frame[]): Outcome {
  const kept = [...new Map(frames.map((frame) => [frame.number, frame])).values()];
  kept.sort((a, b) => a.number - b.number);
  expect(kept.map((frame) => frame.number)).toEqual(kept.map((_frame, index) => index));
  const of = (channel: string): Buffer[] =>
    kept.filter((frame) => frame.channel === channel).map((frame) => frame.data);
  const [exit] = of('exit');
  return {
    frames: kept,
    stdout: Buffer.concat(of('stdout')),
    stderr: Buffer.concat(of('stderr')),
    artifacts: artifactsOf(of('artifact')),
    exit: exit ? JSON.parse(exit.toString()) : null,
  };
}

function artifactsOf(pieces: Buffer[]): Outcome['artifacts'] {
  const artifacts: (Outcome['artifacts'][number] & { left: number })[] = [];
  for (const piece of pieces) {
    const last = artifacts.at(-1);
    if (last && last.left > 0) {
      last.data = Buffer.concat([last.data, piece]);
      last.left -= piece.length;
      continue;
    }
    const head: { name: string; size: number } = JSON.parse(piece.toString());
    artifacts.push({ name: head.name, data: Buffer.alloc(0), left: head.size });
  }
  return artifacts.map(({ name, data }) => ({ name, data }));
}
