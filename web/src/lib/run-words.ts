// Words and tones for what a run is doing. What the server says in words (the reason of an end) is shown as it is.
import type { ExecutionStatus, TerminationReason } from './api/types.gen.ts';
import type { RunProgress } from './run-progress.ts';

export type Tone = 'quiet' | 'busy' | 'good' | 'bad' | 'warning';

export interface StatusWord {
  word: string;
  tone: Tone;
}

const words: Readonly<Record<ExecutionStatus, StatusWord>> = {
  queued: { word: 'Queued', tone: 'busy' },
  scheduled: { word: 'Starting', tone: 'busy' },
  running: { word: 'Running', tone: 'busy' },
  completed: { word: 'Finished', tone: 'good' },
  failed: { word: 'Stopped', tone: 'bad' },
  timeout: { word: 'Timed out', tone: 'bad' },
  cancelled: { word: 'Cancelled', tone: 'warning' },
  error: { word: 'Platform error', tone: 'warning' },
};

/** A script that ended by itself with a code other than 0 is finished, yet not well. */
export function statusWord(status: ExecutionStatus | null, exitCode: number | null): StatusWord {
  if (status === null) return { word: 'Waiting', tone: 'quiet' };
  if (status === 'completed' && exitCode !== null && exitCode !== 0)
    return { word: `Exit ${exitCode}`, tone: 'bad' };
  return words[status] ?? { word: status, tone: 'quiet' };
}

const unfinished: readonly (ExecutionStatus | null)[] = [null, 'queued', 'scheduled', 'running'];

export const isUnfinished = (status: ExecutionStatus | null): boolean => unfinished.includes(status);

/** The one sentence of the status line, also read aloud. */
export function progressSentence({ status, queue, attempt, end }: RunProgress, stopping: boolean): string {
  if (end !== null) return end.termination.message;
  if (stopping) return 'Stopping…';
  if (status === null) return 'Sending…';
  if (status === 'queued' && queue?.paused === true)
    return `Queued at place ${queue.position}: an administrator has paused new runs.`;
  if (status === 'queued' && queue !== null)
    return queue.ahead === 0
      ? 'Queued: next in line.'
      : `Queued at place ${queue.position}: ${queue.ahead} ahead, ${queue.limit} run at a time.`;
  if (status === 'queued') return 'Queued.';
  if (status === 'scheduled') return attempt > 1 ? `Starting attempt ${attempt}…` : 'Starting…';
  return attempt > 1 ? `Running, attempt ${attempt}.` : 'Running.';
}

/** The platform, not the script, is to blame. */
export const isPlatformFault = (reason: TerminationReason): boolean =>
  ['queue_timeout', 'could_not_start', 'lost', 'result_lost'].includes(reason);
