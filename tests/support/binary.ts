// Starts the compiled binary as an operator would, on a data folder and a port of its own, and speaks to it as a client.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { tellWhenInVain, untilGiven } from './until.ts';

export interface Binary {
  url: string;
  pid: number;
  dataDir: string;
  /** Everything it printed so far. */
  output(): string;
  /** The one-time set-up token; null once an administrator exists. */
  setupToken: string | null;
  exited: Promise<number>;
  /** Milliseconds from spawn to the first answer of the liveness route. */
  startMs: number;
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<number>;
}

export const binaryPath = resolve('dist/greenroom');
const admin = { username: 'admin', email: 'admin@example.org', password: 'correct horse battery' };
export const adminAccount = admin;

export const newDataDir = (): Promise<string> => mkdtemp(join(tmpdir(), 'greenroom-test-'));
export const removeDataDir = (folder: string): Promise<void> => rm(folder, { recursive: true, force: true });

export interface BinaryOptions {
  dataDir: string;
  environment?: Record<string, string>;
  port?: number;
  /** Words before the binary: another program that becomes it. */
  before?: readonly string[];
}

export async function startBinary(options: BinaryOptions): Promise<Binary> {
  const { dataDir, environment = {}, port = 0, before = [] } = options;
  const began = Bun.nanoseconds();
  const child = Bun.spawn([...before, binaryPath, 'serve', '--config', resolve('config.test.toml')], {
    env: { PATH: process.env.PATH, HOME: dataDir, DATA_DIR: dataDir, PORT: String(port), ...environment },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  });
  let printed = '';
  const printing = [child.stdout, child.stderr].map(async (stream) => {
    const decoder = new TextDecoder();
    for await (const chunk of stream) printed += decoder.decode(chunk, { stream: true });
  });
  const found = (pattern: RegExp): string | null => pattern.exec(printed)?.[1] ?? null;
  const silent = tellWhenInVain(() => printed);
  void child.exited.then(silent);
  const ended = (): string | null =>
    child.exitCode === null ? null : `it ended with ${child.exitCode}:\n${printed}`;
  const listening = () => found(/listens on (http:\/\/\S+)/);
  const url = await untilGiven('the server listens', listening, { inVain: ended });
  const answering = async () => ((await answers(`${url}/api/v1/health/live`)) ? true : null);
  await untilGiven('the server answers', answering, { inVain: ended });
  const startMs = (Bun.nanoseconds() - began) / 1e6;
  return {
    url,
    pid: child.pid,
    dataDir,
    output: () => printed,
    setupToken: found(/\/setup\?token=(\S+)/),
    exited: child.exited,
    startMs,
    async stop(signal = 'SIGTERM') {
      child.kill(signal);
      const code = await child.exited;
      await Promise.all(printing);
      return code;
    },
  };
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch (error) {
    // Not listening yet: the only failure that a look a moment later can mend.
    return error instanceof Error ? false : Promise.reject(error);
  }
}
