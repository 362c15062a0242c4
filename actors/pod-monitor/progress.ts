// How far an attempt's conversation has come. Outlives a channel, never a session: a new session reads it from the log.
import type { RunInput } from '#src/domain/execution.ts';
import type { Frame, OutputLog, Seal } from '#src/ports/output-log.ts';
import { readToEnd } from '../seal.ts';
import type { InputFeed } from './input-feed.ts';

export interface Progress {
  execution: string;
  attempt: number;
  nonce: string;
  input: RunInput;
  feed: InputFeed;
  /** Number of the next frame to take from the channel. */
  next: number;
  /** The last frame that is stored, or was dropped after the seal; -1 for none. */
  stored: number;
  seal: Seal | null;
  exitFrame: Frame | null;
}

/** Whether a frame really lies in the log, not behind its seal. */
export const isKept = (progress: Progress, number: number): boolean =>
  progress.seal === null || number <= progress.seal.last;

/** A channel is over: what was heard on it and is not stored must be said again. */
export function restart(progress: Progress): void {
  progress.next = progress.stored + 1;
  progress.feed.restart();
}

/** Another monitor may have stored frames and acknowledged them; the supervisor will never say those again. */
export async function catchUp(outputLog: OutputLog, progress: Progress): Promise<void> {
  const { execution, attempt, stored } = progress;
  const end = await readToEnd(outputLog, execution, attempt, stored + 1, (frame) => {
    if (frame.channel === 'exit') progress.exitFrame = frame;
  });
  progress.stored = Math.max(progress.stored, end.last);
  progress.next = Math.max(progress.next, end.last + 1);
  progress.seal = end.seal ?? progress.seal;
}
