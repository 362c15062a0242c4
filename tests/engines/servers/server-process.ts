// One child process that serves, with a folder of its own: started until it serves, killed, held still, started again, ended.
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Subprocess } from 'bun';
import { untilGiven } from '#tests/support/until.ts';
import type { ServerOptions, TestServer } from './server.ts';

export const enginesFolder = join(import.meta.dir, '../../../.cache/engines');

export interface ServerProgram {
  /** As in "the Kafka broker". */
  name: string;
  /** Where everything of it lies; it goes with the server. */
  folder: string;
  command(): readonly string[];
  environment?: Record<string, string>;
  /** Before the first start, in the folder. */
  prepare?(): Promise<void>;
  /** Whether it serves, by what it has printed since it was started or by what it answers. What it throws explains a wait in vain. */
  serves(printed: string): Promise<boolean> | boolean;
}

/** A broker that starts on a machine under load needs more than a minute. */
const startWithinMs = 180_000;
const stopWithinMs = 15_000;
const wordsMax = 2_000;

/** Resolves once it serves; nothing of it is left when it does not. */
export async function serverProcess(program: ServerProgram): Promise<Omit<TestServer, 'url'>> {
  let child: Subprocess | null = null;
  let starts = 0;
  let over = false;

  async function start(): Promise<void> {
    // A test that ran out of time may still be in its middle.
    if (over) throw new Error(`${program.name} was stopped for good`);
    starts += 1;
    const logs = [join(program.folder, `${starts}.out`), join(program.folder, `${starts}.err`)] as const;
    const started = Bun.spawn([...program.command()], {
      stdin: 'ignore',
      stdout: Bun.file(logs[0]),
      stderr: Bun.file(logs[1]),
      env: { ...process.env, ...program.environment },
    });
    child = started;
    await serving(program, started, logs);
  }

  async function end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const ending = child;
    if (ending === null) return;
    child = null;
    ending.kill('SIGCONT');
    ending.kill(signal);
    const given = setTimeout(() => ending.kill('SIGKILL'), stopWithinMs);
    await ending.exited;
    clearTimeout(given);
  }

  const endWithUs = (): void => child?.kill('SIGKILL');
  process.on('exit', endWithUs);
  const stop = async (): Promise<void> => {
    over = true;
    await end('SIGTERM');
    process.off('exit', endWithUs);
    await rm(program.folder, { recursive: true, force: true });
  };
  try {
    await program.prepare?.();
    await start();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    pid: () => child?.pid ?? 0,
    kill: () => end('SIGKILL'),
    restart: start,
    pause: () => child?.kill('SIGSTOP'),
    resume: () => child?.kill('SIGCONT'),
    stop,
  };
}

/** The one that is asked for, or a new one. */
export async function serverFolder({ folder }: ServerOptions, kind: string): Promise<string> {
  await mkdir(folder ?? enginesFolder, { recursive: true });
  return folder ?? mkdtemp(join(enginesFolder, `${kind}-run-`));
}

export function freePort(): number {
  const listening = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data: () => undefined } });
  const { port } = listening;
  listening.stop(true);
  return port;
}

async function serving(
  program: ServerProgram,
  child: Subprocess,
  logs: readonly [string, string],
): Promise<void> {
  let trouble: unknown = null;
  const printed = (log: string): Promise<string> =>
    Bun.file(log)
      .text()
      .catch(() => '');
  const look = async (): Promise<true | null> => {
    try {
      return (await program.serves(await printed(logs[0]))) ? true : null;
    } catch (error) {
      trouble = error;
      return null;
    }
  };
  const inVain = (): string | null =>
    child.exitCode === null && child.signalCode === null ? null : 'it ended while starting';
  try {
    await untilGiven(`${program.name} serves`, look, { withinMs: startWithinMs, inVain });
  } catch (error) {
    const words = (await Promise.all(logs.map(printed))).map((text) => text.slice(-wordsMax));
    throw new Error([String(error), ...(trouble === null ? [] : [String(trouble)]), ...words].join('\n'));
  }
}
