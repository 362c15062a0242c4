// One attempt's pod, from the write that entitles it to the job until its end is told. A channel may break and a dependency may
// be away: the session goes on from what the log and the placement say. Two sessions with one pod are harmless.
import { isDomainError } from '#src/domain/errors.ts';
import { splitAttemptKey } from '#src/domain/ids.ts';
import type { PodChannel, PodStatus } from '#src/ports/pods.ts';
import { isPassing, wordsOf } from '../failure.ts';
import { reportUnstartable } from '../gone.ts';
import { patiently } from '../patience.ts';
import type { Placement } from '../placements.ts';
import { runInputOf } from '../run-inputs.ts';
import { readToEnd } from '../seal.ts';
import { pause } from '../waiting.ts';
import { hasBegun } from './begun.ts';
import { concludeEnded, concludeExit, concludeVanished, sayRunning } from './conclusion.ts';
import { type ConversationEnd, converse } from './conversation.ts';
import { inputFeed } from './input-feed.ts';
import { nonceOf } from './nonce.ts';
import type { Observatory } from './observatory.ts';
import { catchUp, type Progress, restart } from './progress.ts';
import { encodeCommand } from './wire.ts';

const firstPauseMs = 50;
const longestPauseMs = 5_000;

/** `settled`: nothing more will come of this pod. `left`: another look is worth it. */
export type SessionEnd = 'settled' | 'left';

export async function attend(
  observatory: Observatory,
  pod: PodStatus,
  signal: AbortSignal,
): Promise<SessionEnd> {
  const of = pod.key === null ? null : splitAttemptKey(pod.key);
  if (of === null) return 'settled';
  const insist = <Result>(work: () => Promise<Result>): Promise<Result> =>
    patiently(observatory.ports, signal, work);
  const [entitled, progress] = await Promise.all([
    insist(() => entitle(observatory, of, pod)),
    insist(() => begin(observatory, of)),
  ]);
  if (entitled === null) return 'settled';
  if (progress === null) {
    const words = 'What the run was asked to be is not stored any more';
    await insist(() => reportUnstartable(observatory.reporter, of, { words, retryable: false }));
    return 'settled';
  }
  if (progress.exitFrame !== null) {
    await acknowledgeEnd(observatory, pod, progress);
    await insist(() => concludeExit(observatory, progress, pod));
    return 'settled';
  }
  if ((entitled.state === 'deleted' || progress.seal !== null) && progress.stored < 0) {
    // Not to be given its job any more; unless it has it, there is nothing to hear.
    if (!(await insist(() => hasBegun(observatory, progress.nonce, pod, signal)))) {
      await insist(() => observatory.placements.markDrained(of.execution, of.attempt));
      return 'settled';
    }
  }
  const isTakeover = progress.stored >= 0 || entitled.state === 'deleted';
  return follow(observatory, progress, pod, isTakeover, signal);
}

/** The write, or the finding of it, without which nothing is delivered: the first and only uid of the attempt. */
async function entitle(
  { placements }: Observatory,
  of: { execution: string; attempt: number },
  pod: PodStatus,
): Promise<Placement | null> {
  const { execution, attempt } = of;
  let placement = await placements.get(execution, attempt);
  if (placement?.podName !== pod.name) return null;
  if (placement.podUid === null && placement.state === 'placed') {
    placement =
      (await placements.entitle(execution, attempt, pod.uid)) ?? (await placements.get(execution, attempt));
  }
  if (placement === null || placement.state === 'gone') return null;
  const isOnlyPod =
    placement.podUid === pod.uid || (placement.podUid === null && placement.state === 'deleted');
  return isOnlyPod ? placement : null;
}

/** Where the log stands; null when what the run was asked to be is not stored any more. */
async function begin(
  { ports, settings }: Observatory,
  { execution, attempt }: { execution: string; attempt: number },
): Promise<Progress | null> {
  const { outputLog, documents } = ports;
  let exitFrame: Progress['exitFrame'] = null;
  const [input, end] = await Promise.all([
    runInputOf(documents, execution),
    readToEnd(outputLog, execution, attempt, 0, (frame) => {
      if (frame.channel === 'exit') exitFrame = frame;
    }),
  ]);
  if (input === null) return null;
  // What was given with the run belongs to all its attempts, and lies with the first.
  const inputAttempt = input.stdin === 'given' ? 1 : attempt;
  return {
    execution,
    attempt,
    nonce: nonceOf(settings.nonceSecret, execution, attempt),
    input,
    feed: inputFeed((after) => outputLog.readInput(execution, inputAttempt, after)),
    next: end.last + 1,
    stored: end.last,
    seal: end.seal,
    exitFrame,
  };
}

async function follow(
  observatory: Observatory,
  progress: Progress,
  pod: PodStatus,
  wasSpokenTo: boolean,
  signal: AbortSignal,
): Promise<SessionEnd> {
  const { ports, clock, pods } = observatory;
  const insist = <Result>(work: () => Promise<Result>): Promise<Result> => patiently(ports, signal, work);
  let announced: Promise<void> | null = null;
  const started = (): void => {
    announced ??= insist(() => sayRunning(observatory, progress, pod));
    // Awaited before the end is told; until then its failure waits too.
    void Promise.allSettled([announced]);
  };
  if (progress.stored >= 0) started();
  let wasEnded = pod.phase === 'ended';
  let pauseMs = firstPauseMs;
  for (let isTakeover = wasSpokenTo; !signal.aborted; isTakeover = true) {
    const before = progress.stored;
    const end = await talk(observatory, progress, pod, { isTakeover, started }, signal);
    if (end === 'left') break;
    if (end !== 'exited') {
      restart(progress);
      await insist(() => catchUp(ports.outputLog, progress));
    }
    if (progress.stored >= 0) started();
    await announced;
    if (progress.exitFrame !== null) {
      if (end !== 'exited') await acknowledgeEnd(observatory, pod, progress);
      await insist(() => concludeExit(observatory, progress, pod));
      return 'settled';
    }
    const now = await insist(() => pods.get(pod.uid));
    if (now === null) {
      const outcome = await insist(() => concludeVanished(observatory, progress, pod));
      if (outcome === 'vanished') return 'settled';
    } else if (now.phase === 'ended' && wasEnded && end === 'closed') {
      await insist(() => concludeEnded(observatory, progress, now));
      return 'settled';
    }
    // An ended pod is read once more from its beginning to its end before its silence counts.
    wasEnded = now?.phase === 'ended';
    if (progress.stored > before) pauseMs = firstPauseMs;
    // Read to its end it is asked again at once; one that cannot be reached is given time, ended or not.
    if (!wasEnded || end !== 'closed') await pause(clock, pauseMs, signal);
    pauseMs = Math.min(pauseMs * 2, longestPauseMs);
  }
  return 'left';
}

/** One channel, from attaching to its end. A failure breaks it off, and is told to the log only. */
async function talk(
  observatory: Observatory,
  progress: Progress,
  pod: PodStatus,
  how: { isTakeover: boolean; started(): void },
  signal: AbortSignal,
): Promise<ConversationEnd> {
  const { logger } = observatory.ports;
  try {
    const channel = await attached(observatory, pod);
    if (channel === null) return 'closed';
    return await converse(observatory, { progress, channel, ...how }, signal);
  } catch (error) {
    if (signal.aborted) return 'left';
    const level = isPassing(error) ? 'warn' : 'error';
    logger[level]({ key: pod.key, error: wordsOf(error) }, 'a conversation with a supervisor broke off');
    return 'broken';
  }
}

async function attached({ pods }: Observatory, pod: PodStatus): Promise<PodChannel | null> {
  try {
    return await pods.attach(pod.uid);
  } catch (error) {
    if (isDomainError(error) && error.kind === 'not_found') return null;
    throw error;
  }
}

/** The whole output is stored already; a supervisor that still waits to hear it need not wait out its bound. */
async function acknowledgeEnd(observatory: Observatory, pod: PodStatus, progress: Progress): Promise<void> {
  try {
    const channel = await attached(observatory, pod);
    await channel?.write(encodeCommand(1, { acknowledge: progress.stored }));
    channel?.close();
  } catch (error) {
    observatory.ports.logger.debug({ key: pod.key, error: wordsOf(error) }, 'a supervisor does not listen');
  }
}
