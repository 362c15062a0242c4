// What a monitor says and when: the job until frame 0 was heard, input, requests to say frames again, the stop, and a sign of
// life. Looks at each ring of its bell and each second; says nothing that may not be said twice.
import { isPassing, wordsOf } from '../failure.ts';
import type { Bell } from '../waiting.ts';
import { inputCommand } from './input-feed.ts';
import { jobOf } from './job.ts';
import type { Mouth } from './mouth.ts';
import type { Observatory } from './observatory.ts';
import { catchUp, type Progress } from './progress.ts';
import type { Command } from './wire.ts';

const lookEachMs = 1_000;
const jobAgainAfterMs = 2_000;
const resendAgainAfterMs = 1_000;
const stopAgainAfterMs = 5_000;
/** A supervisor gives its owner up after 90 s of silence. */
const keepAliveAfterMs = 15_000;
/** A channel that takes nothing any more, and does not end either, is left. */
const brokenForMs = 5_000;

/** When each thing was said last, by the monotonic clock; null for never. */
export interface SaidAt {
  job: number | null;
  resend: number | null;
  stop: { at: number; graceMs: number } | null;
  /** Anything at all. */
  anything: number;
}

export interface Heard {
  /** Number of the next frame. */
  next: number;
  stored: number;
  /** A frame is missing, or may be. */
  misses: boolean;
  /** The supervisor may have been spoken to before, by us or by another monitor. */
  isTakeover: boolean;
  /** The attempt was deleted: a script that has not begun must not begin any more. */
  isDeleted: boolean;
}

export type Due = 'job' | 'resend' | 'acknowledge';

/** Pure. What is due now, in the order in which it is said. */
export function dueNow(heard: Heard, said: SaidAt, now: number): Due[] {
  const passed = (at: number | null): number => (at === null ? Number.POSITIVE_INFINITY : now - at);
  const due: Due[] = [];
  const isFirst = said.job === null && said.resend === null;
  const saysJob = !heard.isDeleted && heard.next === 0 && passed(said.job) >= jobAgainAfterMs;
  if (saysJob) due.push('job');
  const misses = heard.misses || (heard.isDeleted && heard.next === 0);
  const asksAgain = isFirst
    ? heard.isTakeover || misses
    : saysJob || (misses && passed(said.resend) >= resendAgainAfterMs);
  if (asksAgain) due.push('resend');
  if (heard.stored >= 0 && now - said.anything >= keepAliveAfterMs) due.push('acknowledge');
  return due;
}

/** Again after a while, and at once when the grace became shorter. */
export const isStopDue = ({ stop }: Pick<SaidAt, 'stop'>, graceMs: number, now: number): boolean =>
  stop === null || graceMs < stop.graceMs || now - stop.at >= stopAgainAfterMs;

export interface Speech {
  progress: Progress;
  mouth: Mouth;
  bell: Bell;
  isTakeover: boolean;
  ears: Ears;
}

/** What the listener makes of what it hears. */
export interface Ears {
  /** A later frame was heard than the next. */
  gap: boolean;
  /** Something was heard that could not be understood; until a request to say frames again is answered. */
  doubt: boolean;
  /** Number of that request. */
  asked: number | null;
  ring(): void;
}

/** Ends when the signal is aborted, or with `over` when there is nothing to say any more, or nobody to say it to. */
export async function speak(
  observatory: Observatory,
  speech: Speech,
  signal: AbortSignal,
): Promise<'left' | 'over'> {
  const { clock } = observatory;
  const { progress, mouth, bell, isTakeover, ears } = speech;
  const job: Command = { job: jobOf(progress.input, progress.nonce) };
  const said: SaidAt = { job: null, resend: null, stop: null, anything: mouth.spokeAt() };
  // Who opens the first channel has just read the placement: nothing may stand before the job.
  let mayAsk = isTakeover;
  let heardBefore = progress.next;
  let heardAt = clock.monotonic();
  while (!signal.aborted) {
    const graceMs = mayAsk ? await graceOf(observatory, progress) : null;
    mayAsk = true;
    const now = clock.monotonic();
    said.anything = mouth.spokeAt();
    if (ears.gap) await bearing(observatory, () => catchUp(observatory.ports.outputLog, progress));
    if (progress.exitFrame !== null) return 'over';
    const { next, stored } = progress;
    if (next !== heardBefore) heardAt = now;
    heardBefore = next;
    const heard = { next, stored, misses: ears.gap || ears.doubt, isTakeover, isDeleted: graceMs !== null };
    const due = dueNow(heard, said, now);
    if (due.includes('job')) said.job = now;
    if (due.includes('resend')) said.resend = now;
    const commands: Record<Due, Command> = {
      job,
      resend: { resend: next },
      acknowledge: { acknowledge: stored },
    };
    await sayWithInput(
      observatory,
      speech,
      due.map((name) => commands[name]),
      due.indexOf('resend'),
    );
    if (graceMs !== null && isStopDue(said, graceMs, now)) {
      said.stop = { at: now, graceMs };
      await mouth.say([{ stop: { grace_ms: graceMs } }]).written;
    }
    if (mouth.brokenForMs() >= brokenForMs && now - heardAt >= brokenForMs) return 'over';
    await bell.wait(clock, lookEachMs, signal);
  }
  return 'left';
}

async function sayWithInput(
  observatory: Observatory,
  { progress, mouth, ears }: Speech,
  commands: readonly Command[],
  resendAt: number,
): Promise<void> {
  const { feed } = progress;
  const now = observatory.clock.monotonic();
  const inputs =
    progress.input.stdin === 'closed' ? [] : ((await bearing(observatory, () => feed.next(now))) ?? []);
  if (commands.length + inputs.length === 0) return;
  const { numbers, written } = mouth.say([...commands, ...inputs.map(inputCommand)]);
  ears.asked = numbers[resendAt] ?? ears.asked;
  inputs.forEach((input, index) => {
    feed.said(numbers[commands.length + index] ?? 0, input, now);
  });
  await written;
}

/** A placement that is marked deleted stops its script; the grace is that of the command. */
async function graceOf(observatory: Observatory, { execution, attempt }: Progress): Promise<number | null> {
  const placement = await bearing(observatory, () => observatory.placements.get(execution, attempt));
  if (placement === null || placement.state === 'placed') return null;
  return placement.force ? 0 : placement.graceMs;
}

/** A look that fails is made again at the next ring; the sign of life must not wait for it. */
async function bearing<Result>({ ports }: Observatory, look: () => Promise<Result>): Promise<Result | null> {
  try {
    return await look();
  } catch (error) {
    if (!isPassing(error)) throw error;
    ports.logger.warn({ error: wordsOf(error) }, 'a monitor waits for a dependency');
    return null;
  }
}
