// One sandbox as a process of this machine: started, spoken to, ended, proved gone. Knows nothing of executions.
import { type Static, Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';

import { DomainError } from '#src/domain/errors.ts';

import type { Group } from './groups.ts';
import { type LineQueue, lineQueue } from './line-queue.ts';

export interface BootPlan {
  interpreterPath: string;
  folders: readonly string[];
  supervisorPath: string;
  isolation: 'full' | 'reduced';
  /** 0: stay who we are. */
  hostUid: number;
  group: Group | null;
  diskBytes: number;
  /** Only without a file system of its own. */
  workdir: string | null;
  /** Bounds of the supervisor that tests shorten; `name=value`. */
  settings: readonly string[];
}

const readySchema = Type.Object({
  ready: Type.Object({
    pid: Type.Number(),
    uid: Type.Number(),
    python: Type.String(),
    mode: Type.String(),
    landlock: Type.Number(),
  }),
});
export type Ready = Static<typeof readySchema>['ready'];
const failedSchema = Type.Object({ failed: Type.String() });

export interface SandboxEnd {
  exitCode: number | null;
  signal: string | null;
  /** The supervisor's own words, for operators. */
  words: string;
}

export interface Sandbox {
  /** Rejects with the supervisor's words when it could not start. */
  ready: Promise<Ready>;
  /** Every process of it is gone and its output was read to the end of the pipe. */
  ended: Promise<SandboxEnd>;
  output: LineQueue;
  write(text: string): Promise<void>;
  /** Asks the supervisor to stop the script and to end. */
  terminate(): void;
  /** Ends every process inside, now. */
  kill(): void;
}

const unreadBytesMax = 8 * 1024 * 1024;
const wordsMax = 2_000;
/** A supervisor that does not end by itself in this time is ended from outside; its group takes the rest along. */
const hangMs = 2_000;

/** What a sandbox's first process finds in its environment: nothing of ours. */
export const cleanEnvironment: Record<string, string> = {
  PATH: '/usr/local/bin:/usr/bin:/bin',
  LANG: 'C.UTF-8',
  HOME: '/nonexistent',
};

export function bootSandbox(plan: BootPlan): Sandbox {
  const child = Bun.spawn(commandLine(plan), {
    cwd: '/',
    env: cleanEnvironment,
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const output = lineQueue(unreadBytesMax);
  const booted = Promise.withResolvers<Ready>();
  // Whoever waits for it hears it; nobody has to wait.
  booted.promise.catch(ignore);
  const words = readWords(child.stderr);
  const drained = readLines(child.stdout, output, booted);
  const gone = Promise.all([child.exited, drained]);
  const ended = (async (): Promise<SandboxEnd> => {
    await gone;
    const said = await words;
    booted.reject(couldNotBoot(said || 'The sandbox ended before it was ready'));
    output.end();
    await plan.group?.remove();
    return {
      exitCode: child.exitCode,
      signal: child.signalCode === null ? null : String(child.signalCode),
      words: said,
    };
  })();
  return {
    ready: booted.promise,
    ended,
    output,
    async write(text) {
      const over = gone.then(() => Promise.reject(new DomainError('not_found', 'The pod is gone')));
      const written = async (): Promise<void> => {
        child.stdin.write(text);
        await child.stdin.flush();
      };
      await Promise.race([written(), over]);
      if (child.exitCode !== null) await over;
    },
    terminate: () => child.kill('SIGTERM'),
    kill() {
      output.lift();
      if (plan.isolation === 'full') child.kill('SIGUSR1');
      // The end of its input ends it too, whatever became of the signal.
      Promise.resolve(child.stdin.end()).catch(ignore);
      const insist = setTimeout(() => child.kill('SIGKILL'), hangMs);
      ended.then(() => clearTimeout(insist));
    },
  };
}

const ignore = (): void => undefined;

function commandLine(plan: BootPlan): string[] {
  const settings = [
    `mode=${plan.isolation}`,
    `uid=${plan.hostUid}`,
    `parent=${process.pid}`,
    `disk_bytes=${plan.diskBytes}`,
    ...plan.folders.map((folder) => `binds=${folder}`),
    ...(plan.workdir ? [`workdir=${plan.workdir}`, `temporary=${plan.workdir}/tmp`] : []),
    ...(plan.group ? groupSettings(plan.group) : []),
    ...plan.settings,
  ];
  return [plan.interpreterPath, '-u', '-s', '-X', 'utf8', plan.supervisorPath, ...settings];
}

const groupSettings = (group: Group): string[] => [
  'counted=true',
  ...group.joins.map((folder) => `cgroups=${folder}`),
  `oom_counter=${group.counters.oom}`,
  `peak_counter=${group.counters.peak}`,
  `cpu_counter=${group.counters.cpu}`,
];

async function readLines(
  stream: ReadableStream<Uint8Array>,
  output: LineQueue,
  booted: { resolve: (ready: Ready) => void; reject: (error: Error) => void },
): Promise<void> {
  let first: Buffer | null = Buffer.alloc(0);
  for await (const chunk of stream) {
    if (first) {
      first = Buffer.concat([first, chunk]);
      const end = first.indexOf(10);
      if (end < 0) continue;
      announce(first.toString('utf8', 0, end), booted);
      output.push(first.subarray(end + 1));
      first = null;
    } else output.push(chunk);
    await output.room();
  }
}

function announce(
  line: string,
  booted: { resolve: (ready: Ready) => void; reject: (error: Error) => void },
): void {
  const said: unknown = line.startsWith('{') ? JSON.parse(line) : null;
  if (Value.Check(readySchema, said)) booted.resolve(said.ready);
  else booted.reject(couldNotBoot(Value.Check(failedSchema, said) ? said.failed : 'No first line came'));
}

const couldNotBoot = (detail: string): DomainError =>
  new DomainError('infrastructure', 'The sandbox could not be started', { detail });

async function readWords(stream: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let words = '';
  for await (const chunk of stream) {
    if (words.length < wordsMax) words += decoder.decode(chunk, { stream: true });
  }
  return words.slice(0, wordsMax).trim();
}
