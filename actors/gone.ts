// What is said of a pod that cannot be found any more. Its output is sealed first: an end that is in it counts, and none can
// come after the word "lost".
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
