// What is said of a pod that cannot be found any more, or will not start. Its output is sealed first: an end that is in it
// counts, and none can come after the word "lost" or "unstartable".
import type { Bus } from '#src/ports/bus.ts';
import { type LiveFeed, runChannel } from '#src/ports/live-feed.ts';
import type { OutputLog } from '#src/ports/output-log.ts';
import { attemptEvent, exitedEvents, type PodOfAttempt, type Speaker } from './attempt-events.ts';
import { sealAttempt } from './seal.ts';

export interface Reporter {
  bus: Bus;
  outputLog: OutputLog;
  liveFeed: LiveFeed;
  speaker: Speaker;
}

export async function reportGone(
  reporter: Reporter,
  pod: PodOfAttempt,
  words: string,
  byOurDrain = false,
): Promise<void> {
  const { execution, attempt } = pod;
  const sealed = await sealAttempt(reporter.outputLog, execution, attempt, -1);
  reporter.liveFeed.hint(runChannel(execution));
  if (sealed !== null && sealed.exit !== null) {
    await reporter.bus.publish(exitedEvents(reporter.speaker, pod, sealed.exit, sealed.last));
    return;
  }
  await reporter.bus.publish([
    attemptEvent(reporter.speaker, 'pod_lost', {
      execution_id: execution,
      attempt,
      words,
      by_our_drain: byOurDrain,
    }),
  ]);
}

/**
 * Sealed before its first frame, the attempt can never begin any more: the word stays true however late it is heard. An
 * attempt that has begun meanwhile is not unstartable, and its monitor tells of it.
 */
export async function reportUnstartable(
  reporter: Reporter,
  of: { execution: string; attempt: number },
  why: { words: string; retryable: boolean },
): Promise<void> {
  const { execution, attempt } = of;
  const seal = await reporter.outputLog.append(execution, attempt, [
    { kind: 'seal', number: 0, seal: { last: -1 } },
  ]);
  if (seal === null) return;
  const payload = { execution_id: execution, attempt, ...why };
  await reporter.bus.publish([attemptEvent(reporter.speaker, 'pod_unstartable', payload)]);
}
