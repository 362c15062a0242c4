// The first process of a simulated pod. It speaks the supervisor's protocol: numbered frames, acknowledgements, a bound
// on what is not acknowledged, pause, resend, and an end that waits for its acknowledgement.
import type { ExitCause } from '#src/domain/execution.ts';
import type { FrameChannel } from '#src/ports/output-log.ts';
import type { VirtualTime } from '../virtual-time.ts';
import { causes, planOf, type ScriptPlan } from './script.ts';
import { type Command, frameLine, type Job, readLine, receivedLine } from './supervisor-lines.ts';
import { createWall, type Wall } from './wall.ts';

export interface Frame {
  number: number;
  channel: FrameChannel;
  data: Uint8Array;
}

export interface Supervisor {
  boot(): void;
  write(text: string): void;
  /** SIGTERM from outside: the node is drained, or the pod is being deleted. */
  terminate(graceMs: number): void;
  /** Nothing is done or said any more. */
  kill(): void;
  /** All that was ever written, in order. */
  readonly frames: readonly Frame[];
  job(): Job | null;
  plan(): ScriptPlan | null;
  /** The exit frame was written. */
  over(): boolean;
}

export interface SupervisorOptions {
  time: VirtualTime;
  uid: string;
  bootFails: boolean;
  print(line: string): void;
  /** It ended: what the cluster will say of it. */
  ended(reason: string): void;
  /** The job was taken and the script let go. */
  started(job: Job): void;
  /** A well-formed line that no supervisor knows. */
  confused(line: string): void;
}

/** 4 MiB in the real one; so few here that a slow reader is noticed. */
const UNACKNOWLEDGED_MAX = 5;
const PAUSE_MS_MAX = 60_000;
/** Four times as much in the real one: here an outage is to outlast it now and then. */
const EXIT_WAIT_MS = 30_000;

export function createSupervisor(options: SupervisorOptions): Supervisor {
  const { time, uid, print } = options;
  const frames: Frame[] = [];
  const inputs: string[] = [];
  let job: Job | null = null;
  let plan: ScriptPlan | null = null;
  let wall: Wall | null = null;
  let acknowledged = -1;
  let inputNumber = 0;
  let inputEnded = false;
  let stopping = false;
  let over = false;
  let dead = false;

  const later = (delayMs: number, call: () => void): void => {
    time.after(delayMs, () => {
      if (!dead) call();
    });
  };
  const say = (frame: Frame): void => {
    if (job !== null) print(frameLine(job.nonce, frame.number, frame.channel, frame.data));
  };
  const frame = (channel: FrameChannel, text: string): void => {
    const made = { number: frames.length, channel, data: new TextEncoder().encode(text) };
    frames.push(made);
    say(made);
    if (frames.length - 1 - acknowledged >= UNACKNOWLEDGED_MAX) wall?.pause();
  };
  const bytesOf = (channel: FrameChannel): number =>
    frames.reduce((sum, made) => sum + (made.channel === channel ? made.data.length : 0), 0);
  const end = (cause: ExitCause, exitCode: number | null, signal: number | null): void => {
    if (over || job === null || wall === null) return;
    over = true;
    if (plan?.artifact === true && cause === 'exited') {
      frame('artifact', JSON.stringify({ name: 'plot.png', size: 3 }));
      frame('artifact', 'png');
    }
    wall.stop();
    const usage = { wall_ms: Math.round(wall.elapsedMs()), cpu_ms: 5, memory_peak_bytes: 9_000_000 };
    const bytes = { stdout_bytes: bytesOf('stdout'), stderr_bytes: bytesOf('stderr') };
    const account = {
      cause,
      exit_code: exitCode,
      signal,
      ...usage,
      ...bytes,
      truncated: false,
      detail: null,
    };
    frame('exit', JSON.stringify(account));
    later(EXIT_WAIT_MS, () => leave());
  };
  const leave = (reason = 'Completed'): void => {
    dead = true;
    wall?.stop();
    options.ended(reason);
  };
  const stop = (graceMs: number): void => {
    if (job === null || over || stopping || plan?.end === 'hangs') return;
    stopping = true;
    later(Math.min(graceMs, plan?.lingersMs ?? 0), () => end('stopped', null, 15));
  };

  /** The script has written another line, or comes to its end. */
  const act = (written: number): void => {
    if (plan === null || over) return;
    if (written < plan.lines) {
      frame(written % 4 === 3 ? 'stderr' : 'stdout', `${uid} line ${written}\n`);
      return;
    }
    if (plan.end === 'hangs') return;
    if (plan.end === 'no frame') leave('OOMKilled');
    if (plan.end === 'reads') read();
    const account = causes[plan.end];
    if (account !== undefined) end(account.cause, account.exitCode, account.signal);
  };
  const read = (): void => {
    for (const line of inputs.splice(0)) frame('stdout', `read ${line}`);
    if (inputEnded) end('exited', 0, null);
  };
  const start = (given: Job): void => {
    job = given;
    const main = given.files.find(({ path }) => path === given.main);
    plan = planOf(Buffer.from(main?.data ?? '', 'base64').toString());
    inputEnded = given.stdin === 'closed';
    options.started(given);
    wall = createWall(time, {
      gapMs: plan.gapMs,
      limitMs: given.limits.wall_ms,
      pauseMs: PAUSE_MS_MAX,
      step: act,
      limit: () => plan?.end !== 'hangs' && end('timed_out', null, 9),
      pauseOver: () => end('no_reader', null, 9),
    });
    frame('started', JSON.stringify({ at_monotonic_ms: time.now() }));
  };
  const acknowledge = (number: number): void => {
    acknowledged = Math.min(frames.length - 1, Math.max(acknowledged, number));
    if (over && acknowledged === frames.length - 1) later(1, () => leave());
    else if (frames.length - 1 - acknowledged < UNACKNOWLEDGED_MAX) wall?.resume();
  };
  /** Whether the command is answered with `received`. */
  const take = (command: Command): boolean => {
    if ('job' in command) {
      if (job === null) start(command.job);
      return true;
    }
    if (job === null) return false;
    if ('acknowledge' in command) acknowledge(command.acknowledge);
    else if ('resend' in command)
      for (const made of frames.slice(Math.max(command.resend, acknowledged + 1))) say(made);
    else if ('stop' in command) stop(command.stop.grace_ms);
    else {
      const { number, data, end: last } = command.input;
      if (number > inputNumber + 1) return false;
      if (number === inputNumber + 1) {
        inputNumber = number;
        if (data !== '') inputs.push(Buffer.from(data, 'base64').toString());
        inputEnded ||= last;
      }
    }
    return true;
  };

  return {
    frames,
    job: () => job,
    plan: () => plan,
    over: () => over,
    boot() {
      if (dead) return;
      if (options.bootFails) {
        print(JSON.stringify({ failed: 'no room for a sandbox' }));
        leave('Error');
      } else print(JSON.stringify({ ready: { pid: 1, uid: 10_001, python: '3.11.2' } }));
    },
    write(text) {
      if (dead) return;
      for (const line of text.split('\n').filter((part) => part !== '')) {
        const stuck = plan?.end === 'hangs' && (wall?.written() ?? 0) >= plan.lines;
        const found = readLine(line);
        if (found.kind === 'foreign') options.confused(found.line);
        if (found.kind !== 'command' || stuck) continue;
        const answered = take(found.numbered.command);
        if (answered && job !== null && !dead) print(receivedLine(job.nonce, found.numbered.number));
      }
    },
    terminate(graceMs) {
      if (dead) return;
      if (job === null) leave();
      else stop(graceMs);
    },
    kill() {
      dead = true;
      wall?.stop();
    },
  };
}
